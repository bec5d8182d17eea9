"""Paths that Rust code builds from literals."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.sources.rust_paths import expression, normal
from pyo3_features_backend.facts.rust_text import Source


@pytest.mark.parametrize(
    ("text", "value", "rest"),
    [
        ('"a/b")', "a/b", ")"),
        ('  & "a", x', "a", ", x"),
        ('Path::new("a").join("b").join("c"))', "a/b/c", ")"),
        ('std::path::PathBuf::from( "a", ).join(Path::new("b"))', "a/b", ""),
        ('env!("CARGO_MANIFEST_DIR")', ".", ""),
        ('Path::new(env!("CARGO_MANIFEST_DIR")).join("a")', "./a", ""),
        ('concat!(env!("CARGO_MANIFEST_DIR"), "/a")', "./a", ""),
        ('Path::new("a").join("/b")', None, ""),  # join takes the absolute one alone
        ('env!("OUT_DIR")', None, ""),
        ('concat!(env!("OUT_DIR"), "/a")', None, ""),
        ("name)", None, "name)"),
        ('Path::new("a").join(name)', None, "name)"),
        ('Path::new("a" + x)', None, " + x)"),
    ],
)
def test_a_path_of_literals_has_a_value_and_any_other_has_none(text: str, value: str | None, rest: str) -> None:
    source = Source(text)
    found, end, _ = expression(source, 0)
    assert (found, text[end:]) == (value, rest)


def test_the_literals_of_a_path_are_named() -> None:
    text = 'Path::new("a").join("b"), "c"'
    _, _, used = expression(Source(text), 0)
    assert list(used) == [text.index('"a"'), text.index('"b"')]


def test_a_path_is_normal_with_slashes() -> None:
    assert [normal(path) for path in ("./a//b/", "a/../b", ".", "../a")] == ["a/b", "b", ".", "../a"]
