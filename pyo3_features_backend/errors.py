"""The errors of this backend, how a message looks, and who shows it.

A hook says ``pyo3-features-backend: warning[PFB272]: PLACE: what is wrong``, and on a second line the hint, so that one
word finds everything of this backend in the log of a build. The command shows the same messages without its own name,
in colours and wrapped where stderr is a terminal: it sets a :class:`Voice` of its own (``cli.console``).
"""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TypeVar

# A placeholder, to be set at the first publication. Whatever else names the project's address is compared with it by
# tests/unit/test_release.py, and the release workflow publishes nothing while it is another repository's.
REPOSITORY = "https://github.com/pyo3-features-backend/pyo3-features-backend"
ISSUES_URL = f"{REPOSITORY}/issues"
NAME = "pyo3-features-backend"

F = TypeVar("F", bound=Callable[..., object])


class Place(NamedTuple):
    """Where something is declared: a file as the user would name it, and a 1-based line if known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Message(str):
    """A problem as text, which still knows its parts: the command shows them in its own way."""

    severity: str
    code: str
    message: str
    place: Place | None
    hint: str | None


class BackendError(Exception):
    """A problem that the user can fix. Any other exception is a bug of this backend. ``code`` is that of a finding."""

    def __init__(
        self, message: str, *, place: Place | None = None, hint: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        return render("error", self.message, self.place, self.hint, self.code)


class SettingsError(BackendError):
    """A setting of this backend is unknown, has the wrong type, or is out of range."""


class ProjectError(BackendError):
    """pyproject.toml is missing, invalid, or contradicts itself."""


class TargetError(BackendError):
    """An interpreter could not be read."""


class ToolchainError(BackendError):
    """cargo or rustc is missing or does not answer."""


class CrateError(BackendError):
    """The crate graph could not be read, or has no single PyO3."""


class PlanError(BackendError):
    """The plan has an error, and nothing has been compiled."""


class DelegateError(BackendError):
    """The delegate is missing, or it failed."""


class OutputError(BackendError):
    """The output of a command cannot be written."""


class VerifyError(BackendError):
    """The built wheel does not match its plan."""


# What a file system refuses for reasons of its own; any other failure of a call is a bug of this backend.
_REFUSED = frozenset((errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG, errno.ENOSPC, errno.EIO))


def refused(error: Exception) -> BackendError | None:
    """The error to show in place of one that the file system has raised; None for any other.

    A reader of a file says more, and comes first. This is for what only looks whether a file is there: up to Python
    3.13, pathlib raises :class:`PermissionError` for it in a folder that cannot be searched.
    """
    if not isinstance(error, OSError) or error.filename is None or error.errno not in _REFUSED:
        return None
    return BackendError(
        str(error.strerror), place=Place(os.fsdecode(error.filename)), hint="check it and the folders above it"
    )


def render(
    severity: str, message: str, place: Place | None = None, hint: str | None = None, code: str | None = None
) -> Message:
    """One problem as text: ``NAME: severity[code]: [place: ]message`` and, on a second line, the hint."""
    where = f"{place}: " if place else ""
    text = f"{NAME}: {severity}{f'[{code}]' if code else ''}: {where}{message}"
    made = Message(text if hint is None else f"{text}\n  help: {hint}")
    made.severity, made.code, made.message, made.place, made.hint = severity, code or "", message, place, hint
    return made


def closest(name: str, known: Iterable[str], count: int = 1, cutoff: float = 0.6) -> list[str]:
    """The names in ``known`` that are most like ``name``: at most ``count``, the most similar first."""
    import difflib  # imported here because only error messages need it

    return difflib.get_close_matches(name, list(known), count, cutoff)


class Voice:
    """Who shows what is said. This one is for hooks: each text as it is, and no details."""

    def say(self, text: str) -> None:
        """Show one message or line."""
        write(text)

    def detail(self, text: str) -> None:
        """Show what only somebody wants to know who looks for a mistake, such as a command that is run."""


_voice: ContextVar[Voice] = ContextVar("voice")
_HOOKS = Voice()


def voice() -> Voice:
    """Who shows what is said here."""
    return _voice.get(_HOOKS)


@contextmanager
def speaking(by: Voice) -> Iterator[None]:
    """Let ``by`` show what is said in the block."""
    token = _voice.set(by)
    try:
        yield
    finally:
        _voice.reset(token)


def say(text: str) -> None:
    """Show the user one message or line, on stderr: stdout belongs to the front end and the delegate."""
    voice().say(text)


def detail(text: str) -> None:
    """Show the user a detail, where details are asked for."""
    voice().detail(text)


def write(text: str) -> None:
    """Write one line to stderr.

    If it cannot be written, it is lost: a build does not fail because its messages cannot be shown.
    """
    if sys.stderr is not None:  # print() would take stdout; typeshed does not know that it can be None
        try:
            print(text, file=sys.stderr, flush=True)
        except OSError:
            # Python keeps the text, tries again at its end, and makes 120 of the exit status.
            sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def boundary(hook: F) -> F:
    """Let ``hook`` print the message of a :class:`BackendError` and exit with status 1, without a traceback."""

    @functools.wraps(hook)
    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return hook(*args, **kwargs)
        except BackendError as error:
            say(str(error))
            raise SystemExit(1) from None
        except KeyboardInterrupt:  # also while modules are imported, before signals are handled
            say(f"{NAME}: interrupted")
            raise SystemExit(130) from None
        except Exception as error:
            if known := refused(error):
                say(str(known))
                raise SystemExit(1) from None
            say(f"{NAME}: internal error; the traceback follows. Please report it: {ISSUES_URL}")
            raise

    return guarded  # type: ignore[return-value]


class Stopped(KeyboardInterrupt):
    """A signal has stopped the build and all processes that it started."""
