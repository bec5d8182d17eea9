"""Runs ``_probe.py`` with an interpreter whose path is known."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import TargetError, detail

_PATIENCE = 30  # seconds; the slowest, GraalPy, starts in five


@functools.cache
def ask(path: str, *arguments: str) -> dict[str, Any]:
    """The facts of the interpreter at ``path``. Raises :class:`TargetError` if it does not give them."""
    import json
    import subprocess

    probe = Path(__file__).with_name("_probe.py")
    detail(f"asking the interpreter {path}")
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
    if not isinstance(facts, dict) or not _is_answer(facts, config="--config" in arguments):
        message = f"{path!r} does not behave like Python 3.6 or newer"
        raise TargetError(message, hint=f"see what `{path} --version` prints")
    if contradiction := _contradiction(facts):
        message = f"{path!r} contradicts itself: {contradiction}"
        raise TargetError(message, hint=f"name the interpreter itself: see what `{path} -VV` prints")
    return facts


def _contradiction(facts: Mapping[str, Any]) -> str | None:
    """How the version differs from what else says it, as with a wrapper that changes a part; None if it does not.

    The name of the extension files has the version too (PEP 3149). A Python that agrees with itself may still be wrong.
    """
    own = "{}.{}".format(*facts["version"])
    if not re.match(rf"{re.escape(own)}(?!\d)", facts["full_version"]):
        return f"its version is {own}, and {facts['full_version']} at length"
    for name in (facts["soabi"], *(suffix.lstrip(".") for suffix in facts["suffixes"])):
        found = re.match(r"(?:cpython-|cp|pypy)(\d)(\d+)[a-z]*(?:[-.]|$)", name)
        if found and f"{found[1]}.{found[2]}" != own:
            return f"its version is {own}, and its extension files are for {found[1]}.{found[2]} ({name})"
    return None


def _is_answer(facts: Mapping[str, Any], *, config: bool) -> bool:
    """Whether ``facts`` has everything that ``_probe.py`` prints, each of its type."""
    texts = ["implementation", "full_version", "abiflags", "platform", "system", "soabi"]
    flags = ["free_threaded", "debug", "shared"]
    optional = ["executable", "base_executable"]
    lists = ["suffixes"]
    if config:
        texts.append("platform_implementation")
        flags.append("link_shared")
        optional += ["framework_prefix", "ld_version", "libdir", "windows_lib_dir"]
        lists.append("build_flags")
    versions = [facts.get("version"), facts.get("implementation_version")]
    return (
        set(facts) >= {*texts, *flags, *optional, *lists}
        and all(isinstance(facts[name], str) for name in texts)
        and all(isinstance(facts[name], bool) for name in flags)
        and all(facts[name] is None or isinstance(facts[name], str) for name in optional)
        and all(_is_list(facts[name], str) for name in lists)
        and all(_is_list(version, int) for version in versions)
        and all(len(version or ()) == 2 for version in versions)
        and isinstance(facts.get("pointer_width"), int)
    )


def _is_list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(entry, kind) for entry in value)
