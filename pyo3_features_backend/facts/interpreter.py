"""A Python as plain facts: the one that runs, or another executable. Knows nothing of PyO3."""

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
    """The interpreter that runs this code: in a PEP 517 hook, the one the wheel is for."""
    from . import _probe

    return from_facts(_probe.facts())  # type: ignore[no-untyped-call]


@functools.cache
def of_executable(executable: str) -> Target:
    """The interpreter behind a path or a command name. Raises :class:`TargetError` if it does not answer."""
    return from_facts(ask(executable))


def ask(executable: str, *words: str) -> dict[str, Any]:
    """What ``_probe.py`` says under another interpreter. Raises :class:`TargetError` if it does not answer."""
    import json
    import shutil
    import subprocess

    found = shutil.which(executable)
    if found is None:
        raise TargetError(f"there is no interpreter {executable!r}", hint="give a path, or a command that is on PATH")
    probe = Path(__file__).with_name("_probe.py")
    try:
        # -I: neither the current folder nor the user's environment may decide what it says.
        result = subprocess.run([found, "-I", str(probe), *words], capture_output=True, check=False, timeout=60)
        facts = json.loads(result.stdout) if result.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        facts = None
    if not isinstance(facts, dict) or "implementation" not in facts:
        raise TargetError(
            f"{executable!r} does not answer like a Python 3.6 or newer",
            hint=f"see what `{executable} --version` prints",
        )
    return facts


def is_interpreter(target: Target, executable: str) -> bool:
    """Whether a path names the interpreter of ``target``, directly or as the base of its virtual environment."""
    given = Path(executable)
    for own in (target.executable, target.base_executable):
        # A base that is itself an environment's (before Python 3.11) leads to the real one by its link.
        if own and (given in (Path(own), Path(own).resolve()) or _is_same_file(given, Path(own))):
            return True
    return False


def _is_same_file(first: Path, second: Path) -> bool:
    try:
        # Two virtual environments of one base share the binary but are different interpreters to cargo.
        return first.parent.resolve() == second.parent.resolve() and first.resolve() == second.resolve()
    except OSError:
        return False
