"""Reads TOML files with errors that name the line, and finds the line that declares a key."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from ..errors import Place, ProjectError
from .files import read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def parse(text: str) -> dict[str, Any]:
    """Parse TOML. Raises :class:`ValueError` if it is invalid, or its arrays or tables are nested too deeply."""
    try:
        table: dict[str, Any] = tomllib.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    return table


_TOO_DEEP = "its arrays or inline tables are nested too deeply"


def read(path: Path, shown: str) -> tuple[dict[str, Any], str]:
    """Read the TOML file ``path``: (its table, its text). ``shown`` is its name in messages.

    Raises :class:`ProjectError` if it is missing, not UTF-8, or not valid TOML.
    """
    if not path.exists() and not path.is_symlink():
        hint = f"run the command in the project's folder, which contains {shown}"
        if shown == "pyproject.toml" and (path.parent / "setup.py").is_file():
            hint = "`pyo3-features migrate` writes one for a project that has only a setup.py"
        raise ProjectError(f"there is no {shown} in {path.parent}", hint=hint)
    text = read_text(path, shown)
    try:
        return parse(text), text
    except ValueError as error:
        hint = "correct the line named above"
        if str(error) == _TOO_DEEP:
            raise ProjectError(f"not readable TOML: {error}", place=Place(shown), hint="reduce the nesting") from None
        match = re.search(r"at line (\d+)", str(error))
        line = int(match.group(1)) if match else len(text.splitlines())
        raise ProjectError(f"not valid TOML: {error}", place=Place(shown, line), hint=hint) from None


# Strings, not compiled patterns: most builds need no line. The re module caches what it compiles.
# No blanks next to the name: a line of blanks would take the square of its length.
_HEADER = r"^\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?$"
_KEY = r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
_PART = r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'"""


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def line_of(text: str, *path: str | int) -> int | None:
    """The 1-based line of ``text`` that declares the key ``path``, or else its table; None if it finds neither.

    An ``int`` in ``path`` is the index in an array of tables. This is a text search and not a parser, so callers must
    not depend on a result.
    """
    keys = tuple(part for part in path if isinstance(part, str))
    index = next((part for part in path if isinstance(part, int)), 0)
    best: tuple[int, int] | None = None  # (how many parts match, line)
    section: tuple[str, ...] = ()
    count: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(_HEADER, line)
        key = re.match(_KEY, line)
        if header and not key:
            here = section = _parts(header.group(2))
            if header.group(1) == "[[":
                count[section] = count.get(section, -1) + 1
        elif key:
            here = section + _parts(key.group(1))
        else:
            continue
        if count.get(section, index) != index:
            continue
        if here == keys[: len(here)] and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best and best[0] >= min(len(keys), 2) else None


def line_of_value(text: str, value: str, *path: str | int) -> int | None:
    """The 1-based line with the string ``value`` at or below the key ``path``; None if it is not found."""
    start = line_of(text, *path)
    if start is None:
        return None
    literal = re.compile(r"""["']""" + re.escape(value) + r"""["']""")
    lines = text.splitlines()
    table = bool(re.match(_HEADER, lines[start - 1])) and not re.match(_KEY, lines[start - 1])
    for number in range(start, len(lines) + 1):
        line = lines[number - 1]
        if number > start and (
            (re.match(_KEY, line) and not table) or (re.match(_HEADER, line) and not re.match(_KEY, line))
        ):
            return None
        if literal.search(line):
            return number
    return None
