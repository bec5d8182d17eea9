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
def of_executable(executable: str) -> Target:
    """The interpreter that a path or a command names. Raises :class:`TargetError` if it cannot be read."""
    facts = ask(executable)
    try:
        return from_facts(facts)
    except (KeyError, TypeError):
        raise _no_python(executable) from None


def ask(executable: str, *arguments: str) -> dict[str, Any]:
    """Run ``_probe.py`` with another interpreter, and return its facts. Raises :class:`TargetError`."""
    import json
    import shutil
    import subprocess

    path = shutil.which(executable)
    if path is None:
        raise TargetError(f"there is no interpreter {executable!r}", hint="give a path, or a command that is on PATH")
    probe = Path(__file__).with_name("_probe.py")
    try:
        # -I: neither the current folder nor the environment variables may change the answer.
        result = subprocess.run([path, "-I", str(probe), *arguments], capture_output=True, check=False, timeout=60)
        facts = json.loads(result.stdout) if result.returncode == 0 else None
    except (OSError, ValueError, RecursionError, subprocess.TimeoutExpired):
        facts = None
    if not isinstance(facts, dict) or "implementation" not in facts:
        raise _no_python(executable)
    return facts


def _no_python(executable: str) -> TargetError:
    message = f"{executable!r} does not behave like Python 3.6 or newer"
    return TargetError(message, hint=f"see what `{executable} --version` prints")


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
