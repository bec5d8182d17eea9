"""Options and output that the verbs share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn, Protocol

from ..errors import render, say
from ..model.problem import Problem
from ..model.words import Severity


class Parser(argparse.ArgumentParser):
    """argparse with errors like the backend's, no abbreviated options, and an example that is not wrapped."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": _Formatter, **options})

    def error(self, message: str) -> NoReturn:
        """Exit status 2, with the message and where the help is."""
        self.wrong(message, f"see `{self.prog} --help`")

    def wrong(self, message: str, hint: str) -> NoReturn:
        """Exit status 2, with a message and a hint."""
        say(render(Severity.ERROR, message, hint=hint))
        raise SystemExit(2)


class _Formatter(argparse.HelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("example: ") else super()._fill_text(text, width, indent)


class VerbModule(Protocol):
    """The module of a verb: two texts for its help, its options, and what it does."""

    DESCRIPTION: str
    EXAMPLE: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the options of the verb."""

    def run(self, options: argparse.Namespace) -> int:
        """Run the verb; returns the exit status."""


def directory_option(parser: argparse.ArgumentParser) -> None:
    """Add ``-C DIR``; each verb has it, and its actions need it too. Left out, it is the current folder."""
    parser.add_argument(
        "-C",
        dest="directory",
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="the project's folder (default: the current one)",
    )


def python_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--python EXE``."""
    text = "the target interpreter: a path, a command, a version such as 3.11, or the folder of an environment"
    parser.add_argument("--python", metavar="EXE", help=f"{text} (default: the running one)")


def json_option(parser: argparse.ArgumentParser, what: str = "print facts as JSON") -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help=what)


def print_problems(problems: Iterable[Problem]) -> int:
    """Print each problem; returns the exit status: 1 if one of them is an error."""
    status = 0
    for problem in problems:
        print(problem)
        status |= problem.severity == Severity.ERROR
    return int(status)
