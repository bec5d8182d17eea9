"""Lines of a terminal's width, without a word that is broken."""

from __future__ import annotations

import pytest

from pyo3_features_backend.cli.console import wrap


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("one two three", 7, ["one two", "  three"]),
        ("one two three", None, ["one two three"]),
        ("one two three", 13, ["one two three"]),
        ("  one two", 6, ["  one", "  two"]),
        ("a  b   c", 7, ["a  b", "  c"]),
        ("", 5, [""]),
        ("a /a/path/that-is-long.rs:3 b", 10, ["a", "  /a/path/that-is-long.rs:3", "  b"]),
        ("pyo3/abi3-py39,serde x", 8, ["pyo3/abi3-py39,serde", "  x"]),
        ("run `cargo update -p x` now", 21, ["run", "  `cargo update -p x`", "  now"]),
        ("run `cargo update -p x` now", 12, ["run `cargo", "  update -p", "  x` now"]),
        ("a lone ` and more", 9, ["a lone `", "  and", "  more"]),
        ('set abi3 = "3.11" in it', 15, ["set", '  abi3 = "3.11"', "  in it"]),
        ('k = [{ file = "a" }, { file = "b" }]', 18, ["k =", '  [{ file = "a" },', '  { file = "b" }]']),
        ("it is for CPython 3.14t only", 17, ["it is for", "  CPython 3.14t", "  only"]),
        ("with pyo3 >= 0.25,<1 there", 17, ["with", "  pyo3 >= 0.25,<1", "  there"]),
        ("a < b", 4, ["a <", "  b"]),
        (f"my{wrap.NO_BREAK}dir:3: x", 8, ["my dir:3:", "  x"]),
        ("日本語 日本語", 9, ["日本語", "  日本語"]),
    ],
)
def test_a_line_breaks_between_words_that_a_reader_copies_as_one(
    text: str, columns: int | None, lines: list[str]
) -> None:
    assert wrap.fold(text, columns, 2) == lines


def test_the_width_of_a_text_is_in_columns() -> None:
    assert [wrap.width(text) for text in ("abc", "é", "e\u0301", "日本")] == [3, 1, 1, 4]


def test_a_table_is_as_wide_as_its_cells_or_the_terminal() -> None:
    rows = [("wheel", "why"), ("cp39-abi3", "requires-python >=3.9 and so on"), ("x", "")]
    assert wrap.table(rows, None) == [["wheel      why"], ["cp39-abi3  requires-python >=3.9 and so on"], ["x"]]
    narrow = wrap.table(rows, 32)
    assert narrow[1] == ["cp39-abi3  requires-python >=3.9", "           and so on"]
    # No word is broken, however narrow the terminal.
    assert wrap.table(rows, 5)[1][0] == "cp39-abi3  requires-python >=3.9"
    assert wrap.table([], 80) == []
