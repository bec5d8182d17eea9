"""Steps: lines in a pipe, one line in a terminal."""

from __future__ import annotations

import importlib.util
import os
import sys

import pytest

from pyo3_features_backend.cli.console import Console
from pyo3_features_backend.cli.console.progress import steps
from pyo3_features_backend.errors import speaking
from support.terminals import rest

IN_A_TERMINAL = """
from pyo3_features_backend.cli.console.progress import steps
with steps() as shown:
    shown.step("[1/7] abi3 3.9: cargo check")
    shown.doing("compiling pyo3 v0.30.1")
    shown.progress.refresh()
    shown.beside(lambda: print("a row that stays", flush=True))
"""


def show() -> None:
    with steps() as shown:
        shown.step("[1/7] one")
        shown.doing("compiling x")
        shown.beside(lambda: print("row"))
        shown.step("[2/7] two")


def test_in_a_pipe_each_step_is_a_line_and_nothing_is_said_of_what_goes_on_within(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show()
    assert tuple(capsys.readouterr()) == ("row\n", "[1/7] one\n[2/7] two\n")
    with speaking(Console(quiet=True)):
        show()
    assert tuple(capsys.readouterr()) == ("row\n", "")


@pytest.mark.skipif(os.name != "posix", reason="it needs a pseudo-terminal")
@pytest.mark.skipif(importlib.util.find_spec("rich") is None, reason="it needs rich")
def test_in_a_terminal_a_step_is_a_line_that_goes_and_a_row_stays() -> None:
    import pty

    process, terminal = pty.fork()
    if process == 0:
        environ = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
        os.execve(sys.executable, [sys.executable, "-c", IN_A_TERMINAL], {**environ, "TERM": "xterm"})
    said = rest(terminal)
    assert os.waitpid(process, 0)[1] == 0, said
    text = said.decode()
    assert "[1/7] abi3 3.9: cargo check: compiling pyo3 v0.30.1" in text
    assert "0:00:00" in text
    # The line is erased before the row is written.
    before = text.partition("a row that stays")[0]
    assert before.rindex("\x1b[2K") > before.rindex("compiling pyo3")
