"""abi3 and extension-module where the author has written them: the backend decides them for each build.

A contradiction between such a word and a setting, or another such word, is an error of the plan; the word alone is a
warning: it builds, but not for every Python the same project could be built for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .. import hardcoded
from ..hardcoded import Hardcoded
from ..manifests import Manifest
from ..problems import Problem
from ..project import Project
from ..pyo3 import Python, python_text
from ..setup_py import SetupPy
from .codes import finding

_WHERE = {
    "workspace-dependency": "[workspace.dependencies]",
    "maturin": "[tool.maturin]",
    "setuptools-rust": "[tool.setuptools-rust]",
    "distutils": "[tool.distutils]",
}


def check(project: Project, setup: SetupPy, written: Sequence[Manifest], lower: Python | None) -> Iterator[Problem]:
    """The findings on the words of the project's files, each where it stands; what only leads to one is left out.

    ``lower`` is the lower bound of requires-python.
    """
    for one in hardcoded.find(project, setup, written):
        if not one.through:
            yield from _found(one, lower)


def _found(one: Hardcoded, lower: Python | None) -> Iterator[Problem]:
    feature, where = one.feature.rpartition("/")[2], _where(one)
    floor = ""
    if one.floor:
        text = python_text(one.floor)
        same = one.floor == lower
        floor = "requires-python gives the same floor" if same else f'set abi3 = "{text}" if the code needs that floor'
    if one.where in ("setup.cfg", "distutils") or (one.kind == "abi3" and "abi3" not in feature):
        yield finding(
            "PFB232",
            f"py_limited_api{f' = {feature}' if one.floor else ''} in {where}: the backend writes it into each build",
            one.place,
            f"take it out{f'; {floor}' if floor else ''}",
        )
    elif one.kind == "extension-module" and one.on:
        yield finding("PFB231", f"extension-module is hard-coded in {where}: {_harm(one)}", one.place, _remedy(one))
    elif one.on:
        yield finding(
            "PFB230",
            f"{feature} is hard-coded in {where}: no build can leave it out, for PyPy, a free-threaded Python or "
            f'{one.kind} = "off"',
            one.place,
            _remedy(one) + (f"; {floor}" if floor else ""),
        )
    elif one.kind != "extension-module":
        own = one.where == "crate-feature"
        yield finding(
            "PFB233",
            f"{where} has {feature}, and nothing turns it on: a build that does gets that floor",
            one.place,
            _remedy(one) + (f'; where it gates code, set abi3-crate-features = ["{one.path[-1]}"]' if own else ""),
        )


def _harm(one: Hardcoded) -> str:
    if one.where in ("dependency", "workspace-dependency"):
        return "`cargo test` and programs cannot link libpython"
    if one.where == "crate-feature":
        return "where that is on, `cargo test` and programs cannot link libpython"
    return "the backend sees to it, and PyO3 0.26 and later need no feature for it"


def _where(one: Hardcoded) -> str:
    if one.where == "dependency":
        return f"the dependency of {one.owner}" + (f" for {one.path[1]}" if one.path[0] == "target" else "")
    if one.where == "crate-feature":
        return f"feature {str(one.path[-1])!r} of {one.owner}"
    where = _WHERE.get(one.where, one.where)
    return where + "".join(f" for {key} {value}" for key, value in one.condition)


def _remedy(one: Hardcoded) -> str:
    """A crate feature is emptied, not removed: code may be gated by it."""
    what = f"write {one.path[-1]} = [] and leave its uses" if one.where == "crate-feature" else "take it out"
    return f"{what}; `pyo3-features migrate` does it"
