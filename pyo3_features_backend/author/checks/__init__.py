"""``check``: what is wrong in a project's declarations, each finding with a code, a place and a remedy.

There is a module for each subject; :func:`check` runs them. A file that cannot be read is a finding too, and the other
checks go on without it. The findings include the plan's problems: for the chosen Python, and for the lowest and the
highest Python that the project declares.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...build import survey
from ...build.gather import Facts
from ...errors import BackendError, CrateError
from ...facts import interpreter as target
from ...facts import project
from ...facts.environ import changed
from ...facts.toml import read
from ...model.codes import CHECK
from ...model.problem import Problem
from ...model.target import Target
from ...model.version import python_text
from ...model.words import Severity
from ..backend import BACKEND, imported
from . import announced, automation, cache_keys, environment, graph, hard_coded, manifests, versions
from .codes import finding

__all__ = ["CHECK", "check"]

_ON_REQUIRES_PYTHON = ("PFB130", "PFB131")  # the plan does not know the line


def check(root: Path, python: str | Target | None = None, environ: Mapping[str, str] | None = None) -> list[Problem]:
    """Everything that is wrong with the project in ``root``, errors first.

    ``python`` is the interpreter to plan for: a path or command, or a target. None is the running one, or the lowest
    that the project supports where it does not support the running one. ``environ`` is searched for PYO3_* variables;
    the plan is made without them. No file is changed. Raises :class:`ProjectError` where there is no pyproject.toml.
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
    problems += automation.check(root)
    return sorted(dict.fromkeys(problems), key=lambda problem: problem.severity != Severity.ERROR)


def _project(loaded: project.Project, python: str | Target | None) -> Iterator[Problem]:
    """The findings on what is declared in the project's files."""
    yield from _backend(loaded)
    facts: Facts | None = None
    plans: list[Problem] = []
    try:
        facts, plans = _facts(loaded, python)
    except BackendError as error:
        yield _unread(error, loaded.root)
    supported: versions.Versions | None = None
    try:
        supported = versions.Versions(loaded, facts)
        yield from versions.check(supported, facts, {problem.code for problem in plans})
    except BackendError as error:
        yield _unread(error, loaded.root)
    yield from hard_coded.check(loaded, facts, supported.lower if supported else None)
    written = manifests.of(loaded.root, facts)
    if facts:
        yield from graph.check(facts, written)
    yield from cache_keys.check(loaded, [manifest.path for manifest in written])
    yield from announced.check(loaded.root, [manifest.path for manifest in written])
    yield from plans


def _unread(error: BackendError, root: Path) -> Problem:
    """The finding for what could not be read; for an invalid Cargo.toml with its line, which cargo hides."""
    written = manifests.of(root, None)
    for manifest in written if isinstance(error, CrateError) else ():
        try:
            read(manifest.path, manifest.shown)
        except BackendError as broken:
            return graph.unread(broken, written)
    return graph.unread(error, written)


def _backend(loaded: project.Project) -> Iterator[Problem]:
    table = loaded.table.get("build-system", {})
    name = str(table.get("build-backend", "setuptools.build_meta:__legacy__"))
    in_tree = "backend-path" in table
    if name != BACKEND and not (in_tree and BACKEND in imported(loaded)):
        by_hand = f"let it call {BACKEND}; `pyo3-features migrate` names the line"
        yield finding(
            "PFB221",
            f"build-backend is {name!r}, so no build uses this backend; the rest is what it would report",
            loaded.place("build-system", "build-backend"),
            by_hand if in_tree else "run `pyo3-features migrate`",
        )


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
