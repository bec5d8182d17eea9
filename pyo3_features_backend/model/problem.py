"""What the decision finds wrong, collected as values."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Place
from .settings import Settings
from .words import Severity


class Problem(NamedTuple):
    """Something to tell: ``severity`` is "error" (nothing is built) or "warning"; ``hint`` says what to do."""

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str | None = None

    def as_json(self) -> dict[str, object]:
        """The problem as the documented JSON object."""
        file, line = self.place or (None, None)
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": file,
            "line": line,
            "hint": self.hint,
        }


class Problems:
    """Collects problems in the order in which they are found."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.found: list[Problem] = []

    def error(self, code: str, message: str, hint: str, place: Place | None = None) -> None:
        self.found.append(Problem(code, Severity.ERROR, message, place, hint))

    def warning(self, code: str, message: str, hint: str | None = None, place: Place | None = None) -> None:
        self.found.append(Problem(code, Severity.WARNING, message, place, hint))

    def source(self, key: str) -> Place | None:
        """Where a setting was given; None for a default."""
        return self._settings.sources[key][1] if key in self._settings.sources else None

    def from_outside(self, key: str) -> bool:
        """Whether a setting came with the environment or a config setting: a distributor's, not the author's."""
        return self._settings.sources.get(key, ("table",))[0] != "table"
