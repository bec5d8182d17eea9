"""bash completes with the script: called as it calls it, and in a terminal."""

from __future__ import annotations

import os
import re
import shutil
import time
from pathlib import Path

import pytest

from pyo3_features_backend import cli
from support.shells import run, written

ASK = """
source "$1"; shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_pyo3_features
printf '%s\\n' "${COMPREPLY[@]}"
"""
FORMATS = ["cibuildwheel", "github", "json", "svg", "table"]


def answer(folder: Path, *words: str) -> list[str]:
    """What is offered for the last of the words."""
    said = run("bash", "--norc", "-c", ASK, "bash", str(written(folder, "bash")), "pyo3-features", *words)
    return sorted(said.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), []),
        (("",), sorted(cli.VERBS)),
        (("exp",), ["explain"]),
        (("-C", "/tmp", "exp"), ["explain"]),
        (("-C", "explain", "ma"), ["matrix"]),
        (("--color", "=", "never", "ma"), ["matrix"]),
        (("--color", "never", "ma"), ["matrix"]),
        (("--color", ""), ["always", "auto", "never"]),
        (("matrix", "--format", ""), FORMATS),
        (("matrix", "--format", "="), FORMATS),
        (("matrix", "--format", "=", "s"), ["svg"]),
        (("matrix", "--f"), ["--format"]),
        (("config", ""), ["check", "show", "write"]),
        (("config", "write", "--py"), ["--pyo3", "--python"]),
        (("config", "write", ""), []),
        (("explain", "--python", ""), []),
        (("explain", "con"), []),
        (("help", "PFB27"), ["PFB270", "PFB271", "PFB272", "PFB273", "PFB274"]),
        (("completion", "f"), ["fish"]),
    ],
)
def test_each_word_is_completed_by_what_stands_before_it(
    words: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    assert answer(tmp_path, *words) == expected


@pytest.mark.skipif(os.name != "posix" or shutil.which("bash") is None, reason="it needs bash in a terminal")
def test_in_a_terminal_the_tab_key_completes(tmp_path: Path) -> None:
    import pty

    script = written(tmp_path, "bash")
    (tmp_path / "wheels").mkdir()
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execvpe("bash", ["bash", "--norc", "-i"], {**os.environ, "TERM": "dumb", "PS1": "$ "})
    os.write(terminal, f"source {script}; echo rea''dy\n".encode())
    said = read(terminal, "ready")
    for typed, expected in (
        ("pyo3-features matr\t--format=s\t", "pyo3-features matrix --format=svg"),
        ("pyo3-features audit whe\t", "pyo3-features audit wheels/"),
    ):
        os.write(terminal, f"\x15{typed}".encode())
        said = read(terminal, expected)
        assert expected in said
    os.write(terminal, b"\x15exit\n")
    os.close(terminal)
    os.waitpid(process, 0)


def read(terminal: int, expected: str) -> str:
    """What the terminal shows, until it is what is expected or nothing more comes for long."""
    import select

    said, end = "", time.monotonic() + 60
    while expected not in said and time.monotonic() < end:
        if select.select([terminal], [], [], 1)[0]:
            said += re.sub(r"[\x07\r]", "", os.read(terminal, 4096).decode("utf-8", "replace"))
    return said
