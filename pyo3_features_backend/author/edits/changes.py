"""What is going to change: one file, with its text before and after; and a note for the author."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import Place, ProjectError


class Change(NamedTuple):
    """One file: ``shown`` is its name in messages, ``before`` and ``after`` its text; a new file has no ``before``."""

    path: Path
    shown: str
    before: str
    after: str

    def diff(self) -> Iterator[str]:
        """The lines of a unified diff, as `git apply` and `patch -p1` take it."""
        old = "/dev/null" if not self.before else f"a/{self.shown}"
        for line in difflib.unified_diff(_lines(self.before), _lines(self.after), old, f"b/{self.shown}"):
            yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Lines as git counts them: at line feeds only."""
    return [line + "\n" for line in text.split("\n")[:-1]] + ([text.split("\n")[-1]] if text.split("\n")[-1] else [])


class Note(NamedTuple):
    """Something that is left to do by hand, or good to know."""

    place: Place
    text: str


def read_text(path: Path, shown: str) -> str:
    """The text of a file with its line endings. Raises :class:`ProjectError` if it is not UTF-8."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"not UTF-8 text ({error.reason})", place=Place(shown), hint="save it as UTF-8") from None
