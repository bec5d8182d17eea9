"""The name of a project, which is a distribution's, a crate's and a module's at once, so the rules of all three hold.

A distribution's name: the packaging specifications, "Names and normalization". A crate's: `cargo new` (cargo's
restricted_names.rs). A module's: an identifier of Python and of Rust.
"""

from __future__ import annotations

import keyword
import re
import sys
import sysconfig
from pathlib import Path
from typing import NamedTuple

from ...errors import Place, ProjectError

# The Rust reference, "Keywords": strict ones, and those that are reserved.
_RUST = """
as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub
ref return self static struct super trait true type unsafe use where while
abstract become box do final gen macro override priv try typeof unsized virtual yield
"""
_RUST_CRATES = frozenset(("alloc", "core", "proc_macro", "std", "test"))
_OF_THE_PROJECT = frozenset(("maturin", "mypy", "pyo3", "pyo3_features_backend", "pytest", "setuptools", "tests"))
# Windows opens a device, with any extension ("Naming Files, Paths, and Namespaces").
_WINDOWS = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")


class Names(NamedTuple):
    """The names of one project: ``project`` of the distribution and of the crate, ``module`` of what Python imports."""

    project: str
    module: str


def names(project: str, module: str | None = None, *, place: Place | None = None, hint: str) -> Names:
    """The names of a project, of which the ``module`` follows from the other where it is not given.

    Raises :class:`ProjectError` for one that a package index, cargo, Rust or Python does not take, and for one that
    hides another module; ``place`` is where it is declared, and ``hint`` what to do.
    """
    wanted = project.lower().replace("-", "_") if module is None else module
    if problem := _spelling(project) or _taken(wanted.lower()):
        raise ProjectError(f"{project!r} cannot be the name of a project: {problem}", place=place, hint=hint)
    return Names(project, wanted)


def _spelling(name: str) -> str | None:
    if not name:
        return "it is empty"
    if wrong := re.search(r"[^A-Za-z0-9_-]", name):
        return f"{wrong[0]!r} is not a letter of ASCII, a digit, - or _"
    if name[0].isdigit():
        return "a crate and a module do not start with a digit"
    if name[0] in "-_" or name[-1] in "-_":
        return "the name of a distribution starts and ends with a letter or a digit"
    return None


def _taken(module: str) -> str | None:
    if module in _RUST.split():
        return f"{module} is a keyword of Rust"
    if module in {word.lower() for word in keyword.kwlist}:
        return f"{module} is a keyword of Python"
    if module in _RUST_CRATES:
        return f"{module} is a crate of Rust itself"
    if module in standard_library():
        return f"{module} is a module of Python's standard library, and one of the two would hide the other"
    if module in _OF_THE_PROJECT:
        return f"{module} is what the project itself is built or tested with, and one of the two would hide the other"
    if _WINDOWS.fullmatch(module):
        return f"{module} is a device on Windows, which has no such file"
    return None


def standard_library() -> frozenset[str]:
    """The modules of the running Python's standard library."""
    if sys.version_info >= (3, 10):
        return sys.stdlib_module_names
    return frozenset(sys.builtin_module_names) | {entry.stem for entry in Path(sysconfig.get_path("stdlib")).iterdir()}
