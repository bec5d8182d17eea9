"""Makes problems of a wheel."""

from __future__ import annotations

from collections.abc import Collection

from ..errors import Place
from ..model.problem import Problem
from ..model.wheel_codes import AUDIT
from ..model.words import Severity
from .values import Wheel

_SHOWN = 5


def problem(wheel: Wheel, code: str, message: str, hint: str, severity: Severity | None = None) -> Problem:
    """A problem of ``wheel`` with the severity of its code, if no other is given."""
    return Problem(
        code=code,
        severity=severity or AUDIT[code].severity,
        message=printable(message),
        place=Place(printable(wheel.name)),
        hint=hint,
    )


def printable(text: str) -> str:
    """``text`` in one line, without control characters: the names in an archive are not trusted."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def listed(names: Collection[str]) -> str:
    """The names with commas; if there are many, only the first ones."""
    shown = sorted(names)[:_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
