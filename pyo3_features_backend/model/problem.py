"""The problems that a decision finds, as values."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Place, render
from .settings import Settings
from .words import Severity


class Problem(NamedTuple):
    """One problem. An "error" stops the build, a "warning" does not; ``hint`` says what to do."""

    code: str
    severity: Severity
    message: str
    place: Place | None = None
    hint: str | None = None

    def __str__(self) -> str:
        return render(self.severity, self.message, self.place, self.hint, self.code)

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
    """A list of problems, in the order in which they are found."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.found: list[Problem] = []

    def error(self, code: str, message: str, hint: str, place: Place | None = None) -> None:
        """Add an error."""
        self.found.append(Problem(code=code, severity=Severity.ERROR, message=message, place=place, hint=hint))

    def warning(self, code: str, message: str, hint: str | None = None, place: Place | None = None) -> None:
        """Add a warning."""
        self.found.append(Problem(code=code, severity=Severity.WARNING, message=message, place=place, hint=hint))

    def source(self, key: str) -> Place | None:
        """Where the setting ``key`` is given; None if it has its default."""
        return self._settings.sources[key][1] if key in self._settings.sources else None

    def from_outside(self, key: str) -> bool:
        """Whether the setting ``key`` comes from the environment or a config setting, not from the project."""
        return self._settings.sources.get(key, ("table",))[0] != "table"
