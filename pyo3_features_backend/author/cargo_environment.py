"""The environment in which a direct call of cargo uses the same interpreter as a build.

PyO3's build script runs again when what it reads of the environment changes, and everything above PyO3 is compiled
again: so `cargo check`, `cargo test` and rust-analyzer must use one interpreter, that of builds
(:mod:`rebuild.interpreter`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from ..build.gather import Facts
from ..decide.pyo3 import releases
from ..errors import Place, SettingsError, TargetError
from ..facts import config_file, toml
from ..facts.config_format import Config
from ..model.target import Target
from ..rebuild import interpreter, machine

# What finds shared libraries when a program starts: ld.so(8), dyld(1), Windows' search order.
_SEARCH = {"win32": "PATH", "darwin": "DYLD_FALLBACK_LIBRARY_PATH"}
EXTENSION_MODULE = "PYO3_BUILD_EXTENSION_MODULE"  # read by PyO3 from 0.26
_SYSTEM = ("/lib", "/usr/lib")


def search_variable(system: str) -> str:
    """The variable in which ``sys.platform`` looks for shared libraries."""
    return _SEARCH.get(system, "LD_LIBRARY_PATH")


def of_facts(facts: Facts, environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to ``environ`` for cargo in a project; see :func:`of`. It includes the plan's variables for PyO3's
    build script, but not the one that turns off linking with libpython.
    """
    variables = {name: value for name, value in facts.plan.env.items() if name != EXTENSION_MODULE}
    if facts.target.executable:
        pyo3 = facts.crate.pyo3.version if facts.crate and facts.crate.pyo3 else releases()[-1].series
        variables.update(of(facts.target, pyo3, environ))
    return variables


def of(target: Target, pyo3: str, environ: Mapping[str, str]) -> dict[str, str]:
    """What to add to ``environ`` for an interpreter that runs here. ``pyo3`` is the release that reads it.

    The folder of libpython comes first in the search path, unless the system looks there anyway.
    """
    config = config_file.resolve(str(target.executable), pyo3)
    variables = {"PYO3_PYTHON": environ.get("PYO3_PYTHON") or _named(target)}
    if variables["PYO3_PYTHON"] == _named(target):
        variables["PYO3_ENVIRONMENT_SIGNATURE"] = interpreter.signature(target)
    builds = interpreter.environment(target, environ)
    if "PYTHONPATH" in builds:
        variables["PYTHONPATH"] = builds["PYTHONPATH"]
    elif packages := _packages(target):
        variables["PYTHONPATH"] = _path(environ.get("PYTHONPATH"), *packages)
    if folder := library_folder(target, config):
        name = search_variable(target.system)
        variables[name] = _path(folder, environ.get(name))
    return variables


def _path(*folders: str | None) -> str:
    """A search path of the folders that are given."""
    return os.pathsep.join(filter(None, folders))


def linking(root: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` without the variable that turns off linking with libpython.

    Raises :class:`SettingsError` if one of cargo's configuration files for ``root`` sets it: cargo cannot
    ignore one entry, and for PyO3 an empty value counts, too.
    """
    for file in machine.configuration([root]):
        table, text = toml.read(file, str(file))
        if EXTENSION_MODULE in table.get("env", {}):
            raise SettingsError(
                f"{EXTENSION_MODULE} turns off linking with libpython, so tests and programs cannot be linked",
                place=Place(str(file), toml.line_of(text, "env", EXTENSION_MODULE)),
                hint="remove it: wheel builds set it themselves",
            )
    return {name: value for name, value in environ.items() if name != EXTENSION_MODULE}


def library_folder(target: Target, config: Config) -> str | None:
    """The folder of libpython; None if the system looks there anyway."""
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
            f"{target.label} cannot be linked into a program", hint="choose a CPython: pyo3-features cargo --python EXE"
        )
    if not target.shared:
        raise TargetError(
            f"{target.executable} has no shared libpython, which tests and programs link",
            hint="choose another Python (pyo3-features cargo --python EXE), or build this one with --enable-shared",
        )
    if not target.executable:
        raise TargetError(
            f"tests and programs for {target.label} cannot be run here",
            hint="unset the variable that selects it: PYO3_CONFIG_FILE, CARGO_BUILD_TARGET or PYO3_CROSS_*",
        )


def _named(target: Target) -> str:
    """The path of the interpreter, that of a virtual environment's base, as :mod:`rebuild.interpreter` names it."""
    return os.path.realpath(target.base_executable or str(target.executable))


def _packages(target: Target) -> list[str]:
    """The package folders of another interpreter's virtual environment."""
    if not target.executable or target.executable == sys.executable:
        return []
    if not Path(target.executable).parent.parent.joinpath("pyvenv.cfg").is_file():  # PEP 405
        return []
    code = (
        "import json, sys; print(json.dumps([p for p in sys.path if p.endswith(('site-packages', 'dist-packages'))]))"
    )
    result = subprocess.run([target.executable, "-I", "-c", code], capture_output=True, text=True, check=False)
    return list(json.loads(result.stdout)) if result.returncode == 0 else []
