"""A change of one file as a diff."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pyo3_features_backend.author.edits.changes import Change, read_text
from pyo3_features_backend.errors import ProjectError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\n", "a\nc\n"),
        ("a\nb", "a\nc"),
        ("a\n", "a"),
        ("a", "a\n"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\x0cb\n", "a\x0cc\n"),  # a form feed ends no line
        ("", "a\nb\n"),
        ("", "a"),
    ],
)
def test_git_makes_the_new_text_from_the_old_one_with_it(before: str, after: str, tmp_path: Path) -> None:
    file = tmp_path / "sub" / "file"
    if before:
        file.parent.mkdir()
        file.write_bytes(before.encode())
    diff = "".join(Change(file, "sub/file", before, after).diff())
    applied = subprocess.run(["git", "apply"], input=diff.encode(), cwd=tmp_path, capture_output=True, check=False)
    assert applied.returncode == 0, applied.stderr
    assert file.read_bytes() == after.encode()


def test_a_new_file_is_from_nothing() -> None:
    rows = list(Change(Path("x"), "x", "", "a\n").diff())
    assert rows[:2] == ["--- /dev/null\n", "+++ b/x\n"]
    assert list(Change(Path("x"), "x", "a\n", "a\n").diff()) == []


def test_a_text_keeps_its_line_ends_and_bytes_that_are_no_text_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"a\r\nb\n")
    assert read_text(tmp_path / "file", "file") == "a\r\nb\n"
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(ProjectError, match="error: shown: not UTF-8 text"):
        read_text(tmp_path / "file", "shown")
