"""PYO3_* variables that change or stop a build: in the environment, and in cargo's configuration files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import BackendError, Place
from ...facts.interpreter import is_interpreter
from ...facts.query import shown
from ...facts.toml import line_of, read
from ...model.problem import Problem
from ...model.settings import PREFIX
from ...model.target import Target
from ...rebuild.machine import configuration
from .codes import finding

_CROSS = ("PYO3_CROSS", "PYO3_CROSS_LIB_DIR", "PYO3_CROSS_PYTHON_VERSION", "PYO3_CROSS_PYTHON_IMPLEMENTATION")
# PyO3 user guide, "Building and distribution", and the environment variables that pyo3-build-config reads.
_CHANGES = {
    "PYO3_CONFIG_FILE": "every build is for the Python in this file, not for the one that runs the build",
    "PYO3_NO_PYTHON": "PyO3 does not query an interpreter",
    "PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "PyO3 accepts every Python, however new",
    "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY": "PyO3 accepts every Python, however new",
    "UNSAFE_PYO3_SKIP_VERSION_CHECK": "PyO3 accepts every Python, however new",
    "UNSAFE_PYO3_BUILD_FREE_THREADED": "PyO3 accepts free-threaded Pythons that it does not support",
    "PYO3_BUILD_EXTENSION_MODULE": "nothing links libpython, not even `cargo test` and programs",
}
_STOPS = {"PYO3_PRINT_CONFIG": "PyO3's build script prints its configuration and stops every build"}
# What the build sets for cargo: there an entry of a configuration file counts only with `force`.
_GIVEN = ("PYO3_PYTHON", "PYO3_BUILD_EXTENSION_MODULE", "PYO3_ENVIRONMENT_SIGNATURE")
_HARMLESS = ("PYO3_ENVIRONMENT_SIGNATURE",)


def foreign(environ: Mapping[str, str]) -> list[str]:
    """The variables of ``environ`` that PyO3 reads, not this backend."""
    names = ("PYO3_", "UNSAFE_PYO3_")
    return sorted(name for name in environ if name.startswith(names) and not name.startswith(PREFIX))


def check(root: Path, environ: Mapping[str, str], running: Target) -> Iterator[Problem]:
    """The problems of the environment, and of the configuration files that cargo reads in ``root``."""
    for name in foreign(environ):
        if environ[name]:
            yield from _variable(name, environ[name], environ, running)
    for file in configuration([root]):
        yield from _file(root, file)


def _variable(name: str, value: str, environ: Mapping[str, str], running: Target) -> Iterator[Problem]:
    place, hint = Place(f"${name}"), f"unset {name}, unless this shell is meant for it"
    setting = f"{name}={value}"
    if name in _STOPS:
        yield finding("PFB261", f"{setting}: {_STOPS[name]}", place, f"unset {name}")
    elif name in _CHANGES:
        yield finding("PFB260", f"{setting}: {_CHANGES[name]}", place, hint)
    elif name == "PYO3_PYTHON" and not is_interpreter(running, shutil.which(value, path=environ.get("PATH")) or value):
        yield finding(
            "PFB261",
            f"{setting} contradicts the interpreter of a build, {running.executable}",
            place,
            "unset PYO3_PYTHON, or run the build with that interpreter",
        )
    elif name in _CROSS and environ.get("CARGO_BUILD_TARGET"):
        triple = environ["CARGO_BUILD_TARGET"]
        yield finding("PFB260", f"{setting}: builds for {triple} use the Python that it selects", place, hint)
    elif name in _CROSS:
        yield finding(
            "PFB261",
            f"{setting} is for cross-compiling, but no target is set",
            place,
            f"unset {name}, or set the target with CARGO_BUILD_TARGET",
        )


def _file(root: Path, file: Path) -> Iterator[Problem]:
    name_of_file = shown(root, file)
    try:
        table, text = read(file, name_of_file)
    except BackendError as error:
        yield finding("PFB220", error.message, error.place, error.hint or "correct the file")
        return
    given: Any = table.get("env", {})
    for name in foreign(given if isinstance(given, dict) else {}):
        value = given[name]
        force = isinstance(value, dict) and bool(value.get("force"))
        if name in _HARMLESS or (name in _GIVEN and not force):
            continue
        what = value.get("value") if isinstance(value, dict) else value
        why = {**_CHANGES, **_STOPS}.get(name, "PyO3 sees it in every build")
        why = "with `force` it replaces what the build sets" if name in _GIVEN else why
        yield finding(
            "PFB262",
            f"{name} = {what!r} in cargo's configuration: {why}, and the plan does not allow for it",
            Place(name_of_file, line_of(text, "env", name)),
            f"remove {name}"
            + (", or its `force`" if force and name in _GIVEN else "")
            + "; set it in the environment of the build that needs it",
        )
