"""Rust text without a parser: literals, comments and code are told apart."""

from __future__ import annotations

import pytest

from pyo3_features_backend.facts.rust_text import Source


@pytest.mark.parametrize(
    ("text", "literals"),
    [
        (r'"a\"b"', ['a"b']),
        (r'r"a\b"', ["a\\b"]),
        ('r##"a"#b"##', ['a"#b']),
        ('b"x" c"y" br#"z"#', ["x", "y", "z"]),
        ("'\"' \"a\" '\\'' \"b\"", ["a", "b"]),
        ('&\'a str "x"', ["x"]),
        ('/* " /* */ " */ "x" // "y"', ["x"]),
        ('"http://x" "y"', ["http://x", "y"]),
        ('"a\\\n   b" "\\x41\\u{42}\\n"', ["ab", "AB\n"]),
    ],
)
def test_literals_and_comments_are_told_apart(text: str, literals: list[str]) -> None:
    source = Source(text)
    assert [literal.value for literal in source.literals.values()] == literals
    assert len(source.code) == len(text)
