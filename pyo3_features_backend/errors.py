"""What can go wrong, and how it is told: one message, the place, one line of help."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

ISSUES_URL = "https://github.com/pyo3-features-backend/pyo3-features-backend/issues"
NAME = "pyo3-features-backend"

F = TypeVar("F", bound=Callable[..., object])


class Place(NamedTuple):
    """Where something is declared: a file as the user would name it, and a 1-based line if known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class BackendError(Exception):
    """A problem that the user can mend. Anything else that is raised is a defect of this backend."""

    def __init__(self, message: str, *, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return render("error", self.message, self.place, self.hint)


class SettingsError(BackendError):
    """A setting of ours is unknown, of the wrong type, or out of its range."""


class ProjectError(BackendError):
    """pyproject.toml is missing, broken, or contradicts itself."""


class TargetError(BackendError):
    """An interpreter could not be read."""


class ToolchainError(BackendError):
    """cargo or rustc is missing or does not answer."""


class CrateError(BackendError):
    """The crate graph could not be read, or has no single PyO3."""


class PlanError(BackendError):
    """The decision ends in an error: nothing has been compiled."""


class DelegateError(BackendError):
    """The delegate is missing, or it failed."""


class OutputError(BackendError):
    """What a command was to write cannot be written."""


class VerifyError(BackendError):
    """What was built is not what was planned."""


def render(severity: str, message: str, place: Place | None = None, hint: str | None = None) -> str:
    """One problem as text: ``NAME: severity: [place: ]message`` and, on a second line, the hint."""
    where = f"{place}: " if place else ""
    text = f"{NAME}: {severity}: {where}{message}"
    return text if hint is None else f"{text}\n  help: {hint}"


def closest(name: str, known: Iterable[str], count: int = 1, cutoff: float = 0.6) -> list[str]:
    """The at most ``count`` names of ``known`` that ``name`` may be a slip of, nearest first."""
    import difflib  # only for a message: every build would pay for it at the top

    return difflib.get_close_matches(name, list(known), count, cutoff)


def say(text: str) -> None:
    """Write one line for the user to stderr; stdout belongs to the front end and the delegate."""
    print(text, file=sys.stderr, flush=True)


def boundary(hook: F) -> F:
    """Turn a :class:`BackendError` of a hook into its message and exit status 1, without a traceback."""

    @functools.wraps(hook)
    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return hook(*args, **kwargs)
        except BackendError as error:
            say(str(error))
            raise SystemExit(1) from None
        except Exception:
            say(f"{NAME}: internal error; the traceback follows. Please report it: {ISSUES_URL}")
            raise

    return guarded  # type: ignore[return-value]


class Stopped(KeyboardInterrupt):
    """A signal has ended the build, and everything that it had started."""
