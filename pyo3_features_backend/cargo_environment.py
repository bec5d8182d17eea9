"""The environment in which cargo by hand and a build through the hooks name the interpreter alike.

PyO3's build script runs again when what it reads of the environment changes, and everything above PyO3 is compiled
again: so `cargo check`, `cargo test` and rust-analyzer have to name one interpreter, and the builds' (:mod:`identity`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from . import config_file, identity
from .config_format import Config
from .errors import TargetError
from .target import Target

# What finds shared libraries when a program starts: ld.so(8), dyld(1), Windows' search order.
_SEARCH = {"win32": "PATH", "darwin": "DYLD_FALLBACK_LIBRARY_PATH"}
_SYSTEM = ("/lib", "/usr/lib")


def search_variable(system: str) -> str:
    """The variable in which ``sys.platform`` looks for shared libraries."""
    return _SEARCH.get(system, "LD_LIBRARY_PATH")


def of(target: Target, pyo3: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to ``environ``. ``pyo3`` is the release that reads it.

    The folder of libpython comes first in the search path, unless the system looks there anyway.
    """
    config = config_file.resolve(str(target.executable), pyo3)
    found = {"PYO3_PYTHON": environ.get("PYO3_PYTHON") or _named(target)}
    found.update(
        (name, value)
        for name, value in identity.environment(target, environ).items()
        if name in ("PYO3_ENVIRONMENT_SIGNATURE", "PYTHONPATH")
    )
    if "PYTHONPATH" not in found and (packages := _packages(target)):
        given = [environ["PYTHONPATH"]] if environ.get("PYTHONPATH") else []
        found["PYTHONPATH"] = os.pathsep.join([*given, *packages])
    if folder := library_folder(target, config):
        name = search_variable(target.system)
        found[name] = os.pathsep.join([folder, *([environ[name]] if environ.get(name) else [])])
    return found


def library_folder(target: Target, config: Config) -> str | None:
    """Where libpython lies, if the system does not look there by itself."""
    if target.system == "win32":
        return str(Path(target.base_executable or str(target.executable)).parent)
    folder = config.lib_dir
    if not folder or not target.shared:
        return None
    return None if any(folder == known or folder.startswith(f"{known}/") for known in _SYSTEM) else folder


def linkable(target: Target) -> None:
    """Raise :class:`TargetError` for an interpreter that a test or a program cannot be linked with."""
    if target.implementation != "cpython":
        raise TargetError(
            f"{target.label} cannot be linked into a program", hint="name a CPython: pyo3-features cargo --python EXE"
        )
    if not target.shared:
        raise TargetError(
            f"{target.executable} has no shared libpython, with which tests and programs are linked",
            hint="name another one (pyo3-features cargo --python EXE), or build it with --enable-shared",
        )


def _named(target: Target) -> str:
    """The path of the interpreter, the one beneath a virtual environment, as :mod:`identity` names it."""
    return os.path.realpath(target.base_executable or str(target.executable))


def _packages(target: Target) -> list[str]:
    """The package folders of another interpreter's virtual environment."""
    if target.executable == sys.executable or not target.executable or target.executable == target.base_executable:
        return []
    code = (
        "import json, sys; print(json.dumps([p for p in sys.path if p.endswith(('site-packages', 'dist-packages'))]))"
    )
    result = subprocess.run([target.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    return list(json.loads(result.stdout)) if result.returncode == 0 else []
