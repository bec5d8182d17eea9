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
    return Problem(code, severity or AUDIT[code].severity, message, Place(wheel.name), hint)


def listed(names: Collection[str]) -> str:
    """The names with commas; of many only the first."""
    shown = sorted(names)[:_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
