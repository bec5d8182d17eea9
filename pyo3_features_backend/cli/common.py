"""Options and output that the verbs share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from ..errors import render
from ..problems import Problem


def python_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--python EXE``."""
    parser.add_argument("--python", metavar="EXE", help="the target interpreter (default: the running one)")


def json_option(parser: argparse.ArgumentParser, what: str = "print facts as JSON") -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help=what)


def print_problems(problems: Iterable[Problem]) -> int:
    """Print each problem; returns the exit status: 1 if one of them is an error."""
    status = 0
    for problem in problems:
        print(render(problem.severity, f"{problem.message} [{problem.code}]", problem.place, problem.hint))
        status |= problem.severity == "error"
    return int(status)
