"""Makes the problems of ``check`` from their codes."""

from __future__ import annotations

from ...errors import Place
from ...model.codes import CHECK
from ...model.problem import Problem


def finding(code: str, message: str, place: Place | None, hint: str) -> Problem:
    """A problem of ``check``; its severity is that of its code."""
    return Problem(code=code, severity=CHECK[code].severity, message=message, place=place, hint=hint)
