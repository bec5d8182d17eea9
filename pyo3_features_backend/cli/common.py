"""Options that the verbs share, their parser, and the stdout that they write to."""

from __future__ import annotations

import argparse
import json
import shutil
from typing import IO, Any, NoReturn, Protocol

from ..errors import BackendError, OutputError
from ..model.problem import Problem
from ..model.words import Severity
from . import console
from .console import colour, wrap

_MEASURE = 100  # columns of the help


class Parser(argparse.ArgumentParser):
    """argparse with errors like the backend's, no abbreviated options, and an example that is not wrapped."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"allow_abbrev": False, "formatter_class": _Formatter, **options})
        self.color = console.current().color != colour.Choice.NEVER  # of Python 3.14's argparse

    def error(self, message: str) -> NoReturn:
        """Exit status 2, with the message and where the help is."""
        self.wrong(message, f"see `{self.prog} --help`")

    def wrong(self, message: str, hint: str) -> NoReturn:
        """Exit status 2, with a message and a hint."""
        console.error(message, hint)
        raise SystemExit(2)


class _Formatter(argparse.HelpFormatter):
    """The help: no word is broken, and no example."""

    def __init__(self, prog: str, **options: Any) -> None:
        width = min(shutil.get_terminal_size().columns, _MEASURE) - 2
        super().__init__(prog, **{"width": width, **options})

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith("example: ") else "\n".join(wrap.fold(text, width))

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap.fold(" ".join(text.split()), width)


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
    hint = "check where stdout goes, and that its disk has space"
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


def shared_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that each verb and each of its actions has."""
    directory_option(parser)
    left_out: dict[str, Any] = {"default": argparse.SUPPRESS}
    when = [str(choice) for choice in colour.Choice]
    text = "when to print in colour: auto, always or never (default: auto)"
    parser.add_argument("--color", choices=when, metavar="WHEN", help=text, **left_out)
    parser.add_argument("-q", "--quiet", action="store_true", help="print only errors and the result", **left_out)
    parser.add_argument("-v", "--verbose", action="store_true", help="print each command that is run", **left_out)


def python_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--python EXE``."""
    text = "the Python to build for: a path, a command, a version such as 3.11, or the folder of a virtual environment"
    parser.add_argument("--python", metavar="EXE", help=f"{text} (default: the one that runs this command)")


def json_option(parser: argparse.ArgumentParser, what: str = "print the result as JSON") -> None:
    """Add ``--json``."""
    parser.add_argument("--json", action="store_true", help=what)


def wants_json(options: argparse.Namespace) -> bool:
    """Whether stdout is read as JSON."""
    return bool(getattr(options, "json", False)) or getattr(options, "format", "") == "json"


def print_as_json(error: BackendError) -> None:
    """Print what stops a verb as its object: ``{"problems": [...]}`` with this one, and nothing of the verb's own."""
    found = Problem(
        code=error.code or "", severity=Severity.ERROR, message=error.message, place=error.place, hint=error.hint
    )
    print(json.dumps({"problems": [found.as_json()]}, indent=2))
