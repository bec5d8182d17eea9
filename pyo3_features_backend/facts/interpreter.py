"""Reads the facts of the running Python, or of another executable. Knows nothing about PyO3."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from ..errors import TargetError
from ..model.target import Target


def from_facts(facts: dict[str, Any]) -> Target:
    """A :class:`Target` from the JSON of ``_probe.py``."""
    pairs = ("version", "implementation_version")
    values: dict[str, Any] = {key: tuple(facts[key]) for key in pairs}
    values["suffixes"] = tuple(facts["suffixes"])
    return Target(**{**facts, **values})


@functools.cache
def running() -> Target:
    """The running interpreter; in a PEP 517 hook, this is the one that the wheel is for."""
    from . import _probe

    return from_facts(_probe.facts())  # type: ignore[no-untyped-call]


@functools.cache
def of_executable(request: str) -> Target:
    """The interpreter that a path, a command, a version or an environment's folder names (:mod:`.requests`).

    Raises :class:`TargetError` if there is none, or if it cannot be read.
    """
    facts = ask(request)
    try:
        return from_facts(facts)
    except (KeyError, TypeError):
        message = f"{request!r} does not behave like Python 3.6 or newer"
        raise TargetError(message, hint=f"see what `{request} --version` prints") from None


def ask(request: str, *arguments: str) -> dict[str, Any]:
    """Run ``_probe.py`` with the interpreter that ``request`` names, and return its facts.

    Raises :class:`TargetError`.
    """
    from . import asking, requests

    return asking.ask(requests.find(request), *arguments)


def is_interpreter(target: Target, executable: str) -> bool:
    """Whether ``executable`` is the interpreter of ``target``, or the base interpreter of its virtual environment."""
    given = Path(executable)
    for own in (target.executable, target.base_executable):
        # Before Python 3.11 the base can itself be in an environment; its link leads to the real one.
        if own and (given in (Path(own), Path(own).resolve()) or _is_same_file(given, Path(own))):
            return True
    return False


def _is_same_file(first: Path, second: Path) -> bool:
    try:
        # Two virtual environments of one base share the executable, but differ for cargo.
        return first.parent.resolve() == second.parent.resolve() and first.resolve() == second.resolve()
    except OSError:
        return False
