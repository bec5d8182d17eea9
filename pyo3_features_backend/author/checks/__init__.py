"""``check``: finds problems in a project's configuration, each with a code, a place and a fix.

There is a module for each subject; :func:`check` runs them. A file that cannot be read is a problem too, and the other
checks continue without it. The problems include those of the plan: for the chosen Python, and for the lowest and the
highest Python that the project declares.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...build import survey
from ...build.gather import Facts
from ...build.requirements import required
from ...errors import NAME, BackendError, CrateError
from ...facts import interpreter as target
from ...facts import project
from ...facts.environ import changed
from ...facts.toml import read
from ...model.codes import CHECK
from ...model.problem import Problem
from ...model.target import Target
from ...model.version import python_text
from ...model.words import DelegateName, Severity
from .. import backend
from . import (
    announced,
    automation,
    cache_keys,
    environment,
    graph,
    hard_coded,
    leftovers,
    manifests,
    publishing,
    unread_keys,
    versions,
)
from .codes import finding

__all__ = ["CHECK", "check"]

_ON_REQUIRES_PYTHON = ("PFB130", "PFB131")  # the plan does not know the line


def check(root: Path, python: str | Target | None = None, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Everything that is wrong with the project in ``root``, errors first.

    ``python`` is the interpreter to plan for: a path or command, or a target. None means the running one, or the lowest
    that the project supports if it does not support the running one. ``environ`` is searched for PYO3_* variables;
    the plan is made without them. No file is changed. Raises :class:`ProjectError` if there is no pyproject.toml.
    """
    environ = dict(os.environ if environ is None else environ)
    problems: list[Problem] = []
    with changed():
        for name in environment.foreign(os.environ):
            del os.environ[name]
        try:
            loaded = project.load(root)
        except BackendError as error:
            if not (root / project.FILE).is_file():
                raise
            problems.append(graph.unread(error, ()))
        else:
            problems += _project(loaded, python)
    problems += environment.check(root, environ, target.running())
    problems += automation.check(root, _called_by_hand(root))
    problems += publishing.check(root)
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.severity != Severity.ERROR)


def _project(loaded: project.Project, python: str | Target | None) -> Iterator[Problem]:
    """The problems of what the project's files declare."""
    yield from _backend(loaded)
    alone = backend.planner_alone(loaded)
    facts: Facts | None = None
    plans: list[Problem] = []
    try:
        facts, plans = _facts(loaded, python)
    except BackendError as error:
        yield _unread(error, loaded.root)
    supported: versions.Versions | None = None
    try:
        supported = versions.Versions(loaded, facts)
        yield from versions.check(supported, facts, {problem.code for problem in plans}, alone=alone is not None)
    except BackendError as error:
        yield _unread(error, loaded.root)
    yield from hard_coded.check(loaded, facts, supported.lower if supported else None)
    written = manifests.of(loaded.root, facts)
    if facts:
        yield from graph.check(facts, written)
        yield from unread_keys.check(loaded, facts.delegate)
    yield from cache_keys.check(loaded, [manifest.path for manifest in written])
    yield from announced.check(loaded.root, [manifest.path for manifest in written])
    yield from leftovers.check(loaded.root, facts.settings.abi3_native if facts else "")
    yield from plans


def _unread(error: BackendError, root: Path) -> Problem:
    """The problem for something that could not be read; for an invalid Cargo.toml with its line, which cargo hides."""
    written = manifests.of(root, None)
    for manifest in written if isinstance(error, CrateError) else ():
        try:
            read(manifest.path, manifest.shown)
        except BackendError as broken:
            return graph.unread(broken, written)
    return graph.unread(error, written)


def _backend(loaded: project.Project) -> Iterator[Problem]:
    name, place = backend.named(loaded), loaded.place("build-system", "build-backend")
    if name == backend.BACKEND or backend.planner_alone(loaded):
        return
    in_tree = "backend-path" in loaded.table.get("build-system", {})
    if in_tree and backend.BACKEND in backend.imported(loaded):
        return
    by_hand = f"let it call {backend.BACKEND}; `pyo3-features migrate` names the line"
    if NAME in required(loaded):
        message = f"build-system.requires names {NAME}, but build-backend is {name!r}, so no build uses it"
        hint = f'set build-backend = "{backend.BACKEND}" (`pyo3-features migrate`), or remove it from requires'
    else:
        message = f"build-backend is {name!r}, and how that compiles is not known, so a build may differ from the plan"
        hint = "plans are for builds with maturin or setuptools-rust"
    yield finding("PFB221", message, place, by_hand if in_tree else hint)


def _called_by_hand(root: Path) -> bool:
    """Whether maturin itself is the build backend, so that calls of maturin do not bypass anything."""
    try:
        return backend.planner_alone(project.load(root)) == DelegateName.MATURIN
    except BackendError:  # it is a finding already
        return False


def _facts(loaded: project.Project, python: str | Target | None) -> tuple[Facts, list[Problem]]:
    """The facts for one Python, and the problems of its plan and of those for the lowest and highest Python."""
    from ...facts.cross import of_version

    def of(pythons: list[tuple[int, int]]) -> list[Target]:
        return [of_version(python_text(python), "CPython", target.running()) for python in pythons]

    if python is None:
        chosen = target.running()
    else:
        chosen = python if isinstance(python, Target) else target.of_executable(python)
    guessed = versions.Versions(loaded, None).edges()  # in one call: setup.py and cargo run once
    surveyed = survey.facts_for(loaded.root, [chosen, *of(guessed)])
    supported = versions.Versions(loaded, surveyed[0])
    if supported.edges() != guessed:  # setup.py declares it
        surveyed[1:] = survey.facts_for(loaded.root, of(supported.edges()))
    if python is None and len(surveyed) > 1 and not supported.allows(chosen.version):
        del surveyed[0]
    problems: dict[object, Problem] = {}  # one of each kind and place, not one for each Python
    for problem in (problem for facts in surveyed for problem in facts.plan.problems):
        if problem.code in _ON_REQUIRES_PYTHON and not (problem.place and problem.place.line):
            problem = problem._replace(place=supported.place)
        problems.setdefault((problem.code, problem.place), problem)
    return surveyed[0], list(problems.values())
