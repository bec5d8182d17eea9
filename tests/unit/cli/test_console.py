"""What the command prints to a terminal and to a pipe."""

from __future__ import annotations

import io

import pytest

from pyo3_features_backend.cli import console
from pyo3_features_backend.cli.console import Console, Face
from pyo3_features_backend.errors import Place, render, speaking
from pyo3_features_backend.model.problem import Problem
from pyo3_features_backend.model.words import Severity

WARNING = Problem("PFB141", Severity.WARNING, "so", Place("f", 1), "do")
ERROR = WARNING._replace(code="PFB110", severity=Severity.ERROR)
PIPE, NARROW = Face(colour=False, columns=None), Face(colour=False, columns=24)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_the_status_is_1_if_one_of_the_problems_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    statuses = [console.print_problems(found) for found in ([], [WARNING], [ERROR, WARNING], [WARNING, ERROR])]
    assert statuses == [0, 0, 1, 1]
    assert capsys.readouterr().out.splitlines()[:4] == [
        "warning[PFB141]: f:1: so",
        "  help: do",
        "error[PFB110]: f:1: so",
        "  help: do",
    ]


def test_a_pipe_gets_one_line_and_one_of_help_and_a_terminal_lines_of_its_width() -> None:
    message = render("error", "one two three four five", Place("my dir/x.toml", 3), "do one, two, three, four")
    assert console.shown(message, PIPE) == (
        "error: my dir/x.toml:3: one two three four five\n  help: do one, two, three, four"
    )
    assert console.shown(message, NARROW).splitlines() == [
        "error: my dir/x.toml:3:",
        "  one two three four",
        "  five",
        "  help: do one, two,",
        "        three, four",
    ]


def test_colours_are_in_the_prefix_the_place_and_the_word_help_alone() -> None:
    message = render("warning", "it is so", Place("f", 3), "do it", "PFB272")
    assert console.shown(message, Face(colour=True, columns=80)) == (
        "\x1b[1;33mwarning[PFB272]:\x1b[0m \x1b[1mf:3:\x1b[0m it is so\n  \x1b[1;36mhelp:\x1b[0m do it"
    )


def test_what_a_tool_has_printed_keeps_its_lines_and_a_hint_too() -> None:
    message = render("error", "cargo failed:\nerror: a long line of cargo's own", None, "write\nx = 1")
    assert console.shown(message, NARROW).splitlines() == [
        "error: cargo failed:",
        "  error: a long line of cargo's own",
        "  help: write",
        "        x = 1",
    ]


def test_the_name_of_the_backend_is_for_hooks() -> None:
    assert console.shown("pyo3-features-backend: waiting", PIPE) == "waiting"
    assert console.shown("", PIPE) == ""


def test_quiet_leaves_errors_and_verbose_adds_details(capsys: pytest.CaptureFixture[str]) -> None:
    for quiet, expected in (
        (False, ["line", "warning[PFB141]: f:1: so", "  help: do", "error[PFB110]: f:1: so", "  help: do", "code"]),
        (True, ["error[PFB110]: f:1: so", "  help: do"]),
    ):
        here = Console(quiet=quiet)
        here.say("line")
        here.say(str(WARNING))
        here.say(str(ERROR))
        here.detail("detail")
        here.verbatim("code")
        assert capsys.readouterr().err.splitlines() == expected
        with speaking(here):
            assert console.print_problems([WARNING]) == 0
        assert bool(capsys.readouterr().out) != here.quiet
    Console(verbose=True).detail("detail")
    assert capsys.readouterr().err == "detail\n"


def test_columns_matters_to_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for columns, expected in (("33", 33), ("0", 80), ("x", 80)):
        monkeypatch.setenv("COLUMNS", columns)
        assert Console("never").face(Terminal()).columns == expected
        assert Console().face(io.StringIO()) == PIPE
    assert Console("always").face(io.StringIO()) == Face(colour=True, columns=None)
    assert Console().face(None) == PIPE


def test_a_line_has_its_label_in_another_style_and_a_table_its_head(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Console("always").line("  abi: so", label="  abi:")
    assert capsys.readouterr().out == "\x1b[2m  abi:\x1b[0m so\n"
    Console("always").line("so", "strong")
    assert capsys.readouterr().out == "\x1b[1mso\x1b[0m\n"
    Console("always").table([("wheel", "why"), ("x", "y")], ("good", ""))
    assert capsys.readouterr().out == "\x1b[1mwheel  why\x1b[0m\n\x1b[32mx\x1b[0m      y\n"
    Console("never").table([("wheel", "why"), ("x", "y")], ("good", ""))
    assert capsys.readouterr().out == "wheel  why\nx      y\n"


def test_outside_of_the_command_the_console_is_one_with_the_defaults() -> None:
    assert not console.current().verbose
    with speaking(Console(verbose=True)):
        assert console.current().verbose
