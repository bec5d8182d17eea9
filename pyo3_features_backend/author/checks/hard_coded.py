"""abi3 and extension-module where the project hard-codes them: the backend decides them for each build.

The facts of the plan say what is on: each request for a PyO3 feature with its place, and py_limited_api. The files say
what is declared but off: a crate's own feature that nothing turns on. A contradiction between a declaration and a
setting is an error of the plan; the declaration alone is a warning.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...build.gather import Facts
from ...decide.abi import PY_LIMITED_API
from ...decide.pyo3 import EXTENSION_MODULE_BY_ENVIRONMENT, feature_floor
from ...errors import Place
from ...facts.project import Project
from ...model.problem import Problem
from ...model.version import Python, cp_tag, python_text, version_tuple
from ...model.words import DelegateName
from .. import backend
from ..sources import hardcoded
from ..sources.feature_graph import FeatureKind, kind_of
from ..sources.hardcoded import Origin
from ..sources.paths import shown
from .codes import finding
from .manifests import of

_OWN = re.compile(r"feature '([^']+)'")
_TABLES = {Origin.WORKSPACE_DEPENDENCY: "[workspace.dependencies]", Origin.MATURIN: "[tool.maturin]"}


class _Word(NamedTuple):
    """A declaration: ``name`` is PyO3's name of a feature, ``where`` its origin in words, ``own`` the crate's own
    feature that contains it, ``on`` whether a build turns it on."""

    name: str
    where: str
    place: Place
    own: str | None
    on: bool


def check(project: Project, facts: Facts | None, lower: Python | None) -> Iterator[Problem]:
    """The problems of the declarations in the project's files.

    ``lower`` is the lower bound of requires-python. Raises :class:`ProjectError` for an invalid pyproject.toml.
    """
    seen: set[tuple[Place, str]] = set()
    delegate = backend.planner_alone(project)
    files = _Files(project.root)
    for word in [*_on(facts, files), *_written(project.root, facts, files)]:
        key = word.place, kind_of(word.name) or word.where
        if key not in seen and not Path(word.place.file).is_absolute():  # the project cannot change a published crate
            seen.add(key)
            yield from _found_alone(word, delegate, facts) if delegate else _found(word, lower)


class _Files:
    """What the project's files say, as text."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.manifests = hardcoded.readable(root)
        self.declarations = hardcoded.find(root, written=self.manifests)

    def place(self, found: Place, feature: str) -> Place:
        """Where a request for ``feature`` is written that cargo reports at ``found``: with the project's own name of
        the file, and for an inherited dependency (``workspace = true``) in the crate's own workspace, which cargo does
        not name."""
        path = os.path.normpath(self.root / found.file)
        crate = next((manifest for manifest in self.manifests if str(manifest.path) == path), None)
        if crate is None:
            return found
        places = [
            declaration.place
            for declaration in self.declarations
            if declaration.where == Origin.WORKSPACE_DEPENDENCY
            and declaration.name == feature
            and crate.workspace
            and declaration.file == shown(self.root, crate.workspace)
        ]
        return places[0] if places and found.line is None else Place(crate.shown, found.line)


def _on(facts: Facts | None, files: _Files) -> Iterator[_Word]:
    for crate in facts.crates if facts else ():
        requests = crate.pyo3.requests if crate and crate.pyo3 else ()
        for request in (*requests, *(crate.promised if crate else ())):
            if request.by == PY_LIMITED_API:
                yield _Word(name=request.feature, where=PY_LIMITED_API, place=request.place, own=None, on=True)
            elif kind_of(request.feature):
                own = _OWN.match(request.by)
                place = files.place(request.place, request.feature)
                yield _Word(
                    name=request.feature, where=request.by, place=place, own=own.group(1) if own else None, on=True
                )


def _written(root: Path, facts: Facts | None, files: _Files) -> Iterator[_Word]:
    """The declarations in the files; with ``facts`` only in those that the build reads, and what it leaves off."""
    read = {manifest.shown for manifest in of(root, facts)} | {"pyproject.toml"}
    for declaration in files.declarations:
        own = str(declaration.path[-1]) if declaration.where == Origin.CRATE_FEATURE else None
        # `default = ["abi"]` only leads to a declaration, and is not one itself.
        if declaration.file in read and not declaration.through and (facts is None or own):
            where = f"feature {own!r}" if own else _TABLES.get(declaration.where, f"a {declaration.where}")
            yield _Word(
                name=declaration.name,
                where=where,
                place=Place(declaration.file, declaration.line),
                own=own,
                on=facts is None,
            )


def _found(word: _Word, lower: Python | None) -> Iterator[Problem]:
    floor, then = feature_floor(word.name), ""
    if floor:
        text = python_text(floor)
        then = "; requires-python gives the same floor"
        if floor != lower:
            then = f'; set abi3 = "{text}" in [tool.pyo3-features-backend] if the code needs that floor'
    remedy = f"write {word.own} = [] and keep the places that use it" if word.own else "remove it"
    remedy += "; `pyo3-features migrate` does it"
    if word.where == PY_LIMITED_API:
        value = f" = {cp_tag(floor)}" if floor else ""
        message = f"py_limited_api{value} is hard-coded: the backend sets it in each build"
        yield finding("PFB232", message, word.place, f"remove it{then}")
    elif not word.on and word.name != FeatureKind.EXTENSION_MODULE:
        yield finding(
            "PFB233",
            f"{word.where} has {word.name}, which nothing turns on; a build that does gets that floor",
            word.place,
            f'{remedy}; if it gates code, set abi3-crate-features = ["{word.own}"]',
        )
    elif word.on and word.name == FeatureKind.ABI3T:
        # No setting means "the Python that runs the build" for abi3t, so migrate keeps it (docs/migrate.md).
        remedy = 'keep it, or remove it and set abi3t = "3.15" in [tool.pyo3-features-backend]'
        message = f"abi3t is hard-coded in {word.where}: the wheel is for the Python that runs the build and later ones"
        yield finding("PFB230", message, word.place, remedy)
    elif word.on:
        code = "PFB231" if word.name == FeatureKind.EXTENSION_MODULE else "PFB230"
        message = f"{word.name} is hard-coded in {word.where}: {_harm(word)}"
        yield finding(code, message, word.place, remedy + then)


def _found_alone(word: _Word, delegate: DelegateName, facts: Facts | None) -> Iterator[Problem]:
    """The findings where a delegate builds by its own hooks: its own declarations are right then."""
    if word.where == PY_LIMITED_API or not (word.own or word.where.startswith(("the dependency", "["))):
        return
    if word.where == _TABLES[Origin.MATURIN] or word.name == FeatureKind.ABI3T:
        return
    remedy = f"write {word.own} = [] and keep its uses" if word.own else "remove it"
    message = f"{word.name} is hard-coded in {word.where}: {_harm(word)}"
    if word.name == FeatureKind.EXTENSION_MODULE:
        yield finding("PFB231", message, word.place, f"{remedy}; {_linking(delegate, facts)}")
    elif word.on:
        flags = "args" if delegate == DelegateName.MATURIN else "args --for build"
        yield finding(
            "PFB230", message, word.place, f"{remedy}; `pyo3-features {flags}` gives it to the builds of wheels"
        )
    else:
        message = f"{word.where} has {word.name}, and nothing turns it on: a build that does so gets that floor"
        yield finding("PFB233", message, word.place, f'{remedy}; abi3-crate-features = ["{word.own}"] if it gates code')


def _linking(delegate: DelegateName, facts: Facts | None) -> str:
    """What takes the place of extension-module (PyO3's guide, "The extension-module feature")."""
    pyo3 = facts.crate.pyo3 if facts and facts.crate else None
    if delegate == DelegateName.SETUPTOOLS_RUST:
        return "setuptools-rust adds it for Binding.PyO3"
    if pyo3 and version_tuple(pyo3.version) < EXTENSION_MODULE_BY_ENVIRONMENT:
        return f'PyO3 {pyo3.version} needs it in builds: features = ["pyo3/extension-module"] in [tool.maturin]'
    return "from PyO3 0.26 on maturin 1.9.4 and later do without it"


def _harm(word: _Word) -> str:
    if not word.own and not word.where.startswith("the dependency"):
        return "the backend decides it for each build"
    if word.name != FeatureKind.EXTENSION_MODULE:
        return 'no build can turn it off for PyPy, a free-threaded Python or abi3 = "off"'
    return ("where that is on, " if word.own else "") + "`cargo test` and programs cannot link libpython"
