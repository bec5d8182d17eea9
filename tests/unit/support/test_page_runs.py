"""Commands in a shell, and what is the same as a page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.page_runs import run, shows


def test_commands_share_a_shell_and_each_has_its_output_and_its_status(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    lines = [
        "export WORD=one; mkdir sub",
        "cd sub",
        "echo $WORD; echo two >&2; pwd",
        "false  # a comment",
        "pip --version",
    ]
    ran = run(lines, tmp_path / "folder", tmp_path)
    assert [each.status for each in ran] == [0, 0, 0, 1, 0]
    assert ran[2].printed == f"one\ntwo\n{tmp_path / 'folder' / 'sub'}\n"
    assert ran[4].printed.startswith("pip ")


@pytest.mark.parametrize(
    ("page", "printed", "same"),
    [
        ("a\nb\n", "a\nb\nc\n", True),
        ("a\nc\n", "a\nb\nc\n", False),
        ("…\nc\n", "a\nb\nc\n", True),
        ("a\n…\nd\n", "a\nb\nc\n", False),
        ("a … c\n", "a b c\n", True),
        ("cp39\n", "cp310\n", False),
        ("cp3\n", "cp39\n", False),
        ("  target: CPython 3.11, linux-x86_64\n", "  target: CPython 3.9, macosx-arm64\n", True),
        ("  in 0.35s\n", "  in 12.07s\n", True),
        ("x (/home/me/hello)\n", "x (/tmp/hello)\n", True),
        ("a\nb\n", "a\n    Blocking waiting for file lock on package cache\nb\n", True),
        ("0.30.1\n", "0.30.2\n", False),
        (f"{'word ' * 20}\n  {'word ' * 20}last\nhelp\n", f"{'word ' * 40}last\nhelp\n", True),
        (f"{'word ' * 20}\n  {'word ' * 20}first\nhelp\n", f"{'word ' * 40}last\nhelp\n", False),
    ],
)
def test_what_a_page_shows_is_compared_but_for_what_may_differ(page: str, printed: str, same: bool) -> None:
    assert shows(page, printed) == same
