"""When there are colours: the options and variables of other tools, in their order."""

from __future__ import annotations

import pytest

from pyo3_features_backend.cli.console import colour


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "pipe"),
    [
        ("auto", {}, True, False),
        ("always", {"NO_COLOR": "1"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"CLICOLOR_FORCE": "1"}, True, True),
        ("auto", {"CLICOLOR": "0"}, False, False),
        ("auto", {"CLICOLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"TERM": "xterm"}, True, False),
    ],
)
def test_the_option_comes_before_the_variables(
    choice: str, environ: dict[str, str], terminal: bool, pipe: bool
) -> None:
    assert colour.wanted(choice, environ, terminal=True, windows=False) == terminal
    assert colour.wanted(choice, environ, terminal=False, windows=False) == pipe


def test_the_old_console_of_windows_gets_none_unless_it_is_asked_for() -> None:
    assert not colour.wanted("auto", {}, terminal=True, windows=True)
    assert colour.wanted("auto", {"WT_SESSION": "1"}, terminal=True, windows=True)
    assert colour.wanted("always", {}, terminal=True, windows=True)


def test_nothing_is_in_no_style() -> None:
    assert (colour.styled("", "error"), colour.styled("x", "")) == ("", "x")
    assert colour.styled("x", "error") == "\x1b[1;31mx\x1b[0m"
