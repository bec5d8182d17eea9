"""Options and output that the verbs share."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from typing import IO, Any, NoReturn, Protocol

from ..errors import BackendError, OutputError, render, say
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


class Stdout:
    """stdout, with an :class:`OutputError` for what cannot be written; a pipe that nobody reads is not that."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, or keep in the buffer."""
        try:
            return self._stream.write(text)
        except OSError as error:
            raise _unwritable(error) from None

    def flush(self) -> None:
        """Write what is in the buffer."""
        try:
            self._stream.flush()
        except OSError as error:
            raise _unwritable(error) from None


def _unwritable(error: OSError) -> Exception:
    if isinstance(error, BrokenPipeError):
        return error
    hint = "check where stdout goes, and the space on its disk"
    return OutputError(f"the output cannot be written: {error.strerror}", hint=hint)


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


def wants_json(options: argparse.Namespace) -> bool:
    """Whether stdout is read as JSON."""
    return bool(getattr(options, "json", False)) or getattr(options, "format", "") == "json"


def print_as_json(error: BackendError) -> None:
    """Print what stops a verb as its object: ``{"problems": [...]}`` with this one, and nothing of the verb's own."""
    found = Problem(code="", severity=Severity.ERROR, message=error.message, place=error.place, hint=error.hint)
    print(json.dumps({"problems": [found.as_json()]}, indent=2))
