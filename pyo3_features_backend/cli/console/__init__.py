"""How the command prints: colours, lines of the terminal's width, and how much is said.

A terminal gets lines of its width and colours. What goes to a pipe or a file is always the same, whatever COLUMNS says:
one line for what is one line, and the help of a message on a second one. ``--json``, and what another program reads
(``args``, ``env``, ``completion``, the formats of ``matrix``), does not come through here.

Nothing of it needs rich; only :mod:`.progress` uses it, where it is installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, NamedTuple

from ...errors import NAME, Message, Place, Voice, render, voice, write
from ...model.problem import Problem
from ...model.words import Severity
from . import colour, wrap

_MEASURE = 120  # columns; longer lines of prose are hard to read, whatever the terminal's width


class Face(NamedTuple):
    """What a stream can show: colours or none, and lines of so many columns, or of any number."""

    colour: bool
    columns: int | None

    def styled(self, text: str, style: str) -> str:
        """The text in a style, if the stream shows colours."""
        return colour.styled(text, style) if self.colour else text


class Console(Voice):
    """The output of one call of the command: ``color`` is that of ``--color``.

    ``quiet`` leaves out all but errors and the answer itself, ``verbose`` shows what is run.
    """

    def __init__(self, color: str = "auto", *, quiet: bool = False, verbose: bool = False) -> None:
        self.color, self.quiet, self.verbose = color, quiet, verbose

    def face(self, stream: IO[str] | None) -> Face:
        """What a stream can show. It is asked each time: a terminal may change its width."""
        terminal = bool(stream is not None and stream.isatty())
        columns = _columns(stream, os.environ) if stream is not None and terminal else None
        return Face(colour.wanted(self.color, os.environ, terminal=terminal), columns)

    def say(self, text: str) -> None:
        """Show a message or a line on stderr."""
        if self.quiet and getattr(text, "severity", None) != Severity.ERROR:
            return
        write(shown(text, self.face(sys.stderr)))

    def verbatim(self, text: str) -> None:
        """Show a line on stderr as it is, however long: code that is copied."""
        if not self.quiet:
            write(text)

    def detail(self, text: str) -> None:
        """Show a detail on stderr, with ``--verbose``."""
        if self.verbose:
            write(self.face(sys.stderr).styled(text, "faint"))

    def problem(self, problem: Problem) -> None:
        """Print a problem on stdout: it is what the verb was asked for."""
        if not self.quiet or problem.severity == Severity.ERROR:
            print(shown(str(problem), self.face(sys.stdout)))

    def line(self, text: str, style: str = "", *, hang: int = 2, label: str = "") -> None:
        """Print a line on stdout. ``label`` at its beginning is in faint letters, all else in ``style``.

        The lines after the first have ``hang`` spaces before them.
        """
        face = self.face(sys.stdout)
        rows = wrap.fold(text, _prose(face), hang)
        if label and rows[0].startswith(label):
            print(face.styled(label, "faint") + face.styled(rows[0][len(label) :], style))
            rows = rows[1:]
        for row in rows:
            print(face.styled(row, style))

    def table(self, rows: Sequence[Sequence[str]], styles: Sequence[str]) -> None:
        """Print a table on stdout: the first row is its head, each column has a style."""
        face = self.face(sys.stdout)
        for at, lines in enumerate(wrap.table(rows, face.columns)):
            for number, row in enumerate(lines):
                first = rows[at][0]
                if at == 0:
                    print(face.styled(row, "strong"))
                elif number == 0 and row.startswith(first):
                    print(face.styled(first, styles[0]) + row[len(first) :])
                else:
                    print(row)


def current() -> Console:
    """The console of this call of the command; outside of one, one with the defaults."""
    here = voice()
    return here if isinstance(here, Console) else Console()


def _prose(face: Face) -> int | None:
    return face.columns and min(face.columns, _MEASURE)


def _columns(stream: IO[str], environ: Mapping[str, str]) -> int:
    """The width of a terminal: COLUMNS, as a shell exports it, else what the terminal says, else 80."""
    given = environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def shown(text: str, face: Face) -> str:
    """A message or a line as the command shows it: without the backend's own name, which the user has just typed."""
    if isinstance(text, Message):
        return _message(text, face)
    plain = text.removeprefix(f"{NAME}: ")
    return "\n".join(row for line in plain.split("\n") for row in wrap.fold(line, _prose(face), 2))


def _message(message: Message, face: Face) -> str:
    """``warning[PFB272]: PLACE: MESSAGE`` and the hint below; further lines, which a tool has printed, stay apart."""
    label = f"{message.severity}[{message.code}]:" if message.code else f"{message.severity}:"
    place = f"{message.place}:" if message.place else ""
    first, *further = message.message.split("\n")
    joined = " ".join(filter(None, [label, place.replace(" ", wrap.NO_BREAK), first]))
    rows = wrap.fold(joined, _prose(face), 2)
    text = "\n".join(rows)
    if place:
        text = text.replace(place, face.styled(place, "strong"), 1)
    style = message.severity if message.severity in colour.STYLES else "note"
    text = face.styled(label, style) + text[len(label) :]
    text += "".join(f"\n  {row}" for row in further)
    if message.hint is not None:
        text += f"\n  {face.styled('help:', 'help')}{_hint(message.hint, face)}"
    return text


def _hint(hint: str, face: Face) -> str:
    lead = "  help:"
    rows = [row for line in hint.split("\n") for row in wrap.fold(f"{lead} {line}", _prose(face), len(lead) + 1)]
    return "\n".join(" " * len(lead) + row[len(lead) :] for row in rows)[len(lead) :]


def error(message: str, hint: str | None = None, place: Place | None = None) -> None:
    """Show an error of the command's own."""
    current().say(render(Severity.ERROR, message, place, hint))


def print_problems(problems: Iterable[Problem]) -> int:
    """Print each problem; returns the exit status: 1 if one of them is an error."""
    status = 0
    for problem in problems:
        current().problem(problem)
        status |= problem.severity == Severity.ERROR
    return int(status)
