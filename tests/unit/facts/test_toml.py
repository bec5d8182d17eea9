"""TOML with the lines of its errors and of its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import toml

TEXT = """# [tool.a] in a comment
[project]
name = "x"
[tool.a]  # why
"quoted.key" = 1
b.c = [
  "one",
  'two',
]
d = "two"
[[tool.e]]
f = 1
[[tool.e]]
f = 2
[tool.g]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("project", "name"), 3),
        (("tool", "a"), 4),
        (("tool", "a", "quoted.key"), 5),
        (("tool", "a", "b", "c"), 6),
        (("tool", "a", "none"), 4),  # its table
        (("tool", "e", 0, "f"), 12),
        (("tool", "e", 1, "f"), 14),
        (("tool", "g", "h"), 15),
        (("tool", "none"), None),
        (("none",), None),
    ],
)
def test_the_line_of_a_key_or_else_of_its_table(path: tuple[str | int, ...], line: int | None) -> None:
    assert toml.line_of(TEXT, *path) == line


@pytest.mark.parametrize(
    ("value", "path", "line"),
    [
        ("one", ("tool", "a", "b", "c"), 7),
        ("two", ("tool", "a", "b", "c"), 8),
        ("x", ("project", "name"), 3),
        ("two", ("tool", "a"), 8),
        ("two", ("project",), None),
        ("one", ("tool", "a", "quoted.key"), None),
        ("three", ("tool", "a", "b", "c"), None),
    ],
)
def test_the_line_of_a_value_is_at_its_key_or_below_and_not_in_the_next(
    value: str, path: tuple[str, ...], line: int | None
) -> None:
    assert toml.line_of_value(TEXT, value, *path) == line


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "error: there is no it.toml in "),
        (b"a = 1\nb = \n", "error: it.toml:2: not valid TOML: "),
        (b"a = [\n1,\n", "error: it.toml:2: not valid TOML: "),
        (b"\xff", "error: it.toml:1: not UTF-8 text "),
    ],
)
def test_a_file_that_is_none_is_one_message_with_its_line(data: bytes | None, message: str, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / "file").write_bytes(data)
    with pytest.raises(ProjectError) as caught:
        toml.read(tmp_path / "file", "it.toml")
    assert message in str(caught.value)
    assert caught.value.hint


def test_the_text_is_the_file_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a = 1\r\n")
    assert toml.read(tmp_path / "file", "file") == ({"a": 1}, "a = 1\r\n")


def test_a_project_that_has_only_a_setup_py_is_led_to_the_verb_that_writes_the_file(tmp_path: Path) -> None:
    for name, hint in (("a.py", "run the command in the project's folder"), ("setup.py", "`pyo3-features migrate`")):
        (tmp_path / name).write_text("")
        with pytest.raises(ProjectError, match=r"there is no pyproject\.toml in ") as caught:
            toml.read(tmp_path / "pyproject.toml", "pyproject.toml")
        assert (caught.value.hint or "").startswith(hint)
