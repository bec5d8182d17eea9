"""Runs ``_probe.py`` with an interpreter whose path is known."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from ..errors import TargetError

_PATIENCE = 30  # seconds; the slowest, GraalPy, starts in five


@functools.cache
def ask(path: str, *arguments: str) -> dict[str, Any]:
    """The facts of the interpreter at ``path``. Raises :class:`TargetError` if it does not give them."""
    import json
    import subprocess

    probe = Path(__file__).with_name("_probe.py")
    try:
        # -I: neither the current folder nor the environment variables may change the answer.
        command = [path, "-I", str(probe), *arguments]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_PATIENCE)
        facts = json.loads(result.stdout) if result.returncode == 0 else None
    except subprocess.TimeoutExpired:
        message = f"{path!r} does not answer: it has run for {_PATIENCE} seconds"
        raise TargetError(message, hint=f"see whether `{path} --version` ends") from None
    except (OSError, ValueError, RecursionError):
        facts = None
    if not isinstance(facts, dict) or not set(facts) >= _KEYS:
        message = f"{path!r} does not behave like Python 3.6 or newer"
        raise TargetError(message, hint=f"see what `{path} --version` prints")
    return facts


_KEYS = {"implementation", "version", "full_version", "free_threaded", "debug", "executable", "suffixes"}
