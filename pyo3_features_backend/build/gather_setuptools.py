"""What a decision needs of a project that setuptools-rust builds, and the decision; see :mod:`.gather`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..decide import plan
from ..decide.abi import PY_LIMITED_API, Restriction
from ..decide.case import Basis
from ..delegates.setuptools_rust import Distribution
from ..errors import CrateError, ToolchainError
from ..facts import crates, project, toolchain
from ..facts.arguments import cargo_flags
from ..model.crate import Request
from ..model.extension import Extension
from ..model.plan import Plan
from ..model.problem import Problem
from ..model.target import Target
from ..model.words import Abi, Severity
from . import gather
from .gather import Facts, Start

_HINT = "name the extension's own Cargo.toml with `path` where the extension is declared"


class _Rustc(NamedTuple):
    """The rustc that compiles the extensions: its release, its host triple, and all that ``rustc -vV`` says."""

    release: str
    host: str
    answer: str


def facts(begun: Start, distribution: Distribution, python: str | Target | None = None) -> Facts:
    """Read the crates of a finalised ``distribution`` and decide. ``python`` is for showing a plan only.

    Raises a :class:`BackendError` for what cannot be read, except where the extension is optional: setuptools-rust
    then goes on without it, and so do we, with a warning.
    """
    root = begun.project.root
    triple = gather.target_triple(distribution.triple)
    warnings: list[Problem] = []
    rustc = _rustc(root, distribution.extensions, warnings)
    cross = triple if rustc and triple != rustc.host else None
    target = gather.target_of(python, cross, rustc.host if rustc and cross else "")
    extensions = distribution.extensions
    if rustc:
        own = [one.env for one in extensions if one.env is not None and not one.program]
        for environ in [os.environ, *own]:
            gather.contradictions(environ, target)
        extensions = _read_crates(root, extensions, triple, warnings)
    settings = begun.declared.for_target(target)
    requires = distribution.requires_python
    lower = project.lower_bound(requires, distribution.requires_place) if requires else None
    basis = Basis(settings, target, rustc.release if rustc else "0", requires, lower)
    prepared = []
    for one in extensions:
        if one.crate and one.optional:
            one = _if_possible(one, plan.decide(basis, one.crate), warnings)
        if one.crate:
            one = one._replace(crate=one.crate._replace(promised=_promises(one, distribution)))
        prepared.append(one)
    known = [(one.crate, _hold(one, distribution)) for one in prepared if one.crate]
    if known:
        of_crates, held = zip(*known)
        wheel, plans = plan.decide_together(basis, of_crates, held)
    else:
        wheel, plans = Plan(Abi.VERSION_SPECIFIC, None, (), {}, None, "no extension could be read", ()), []
    rest = iter(plans)
    return Facts(
        project=begun.project,
        settings=settings,
        target=target,
        delegate=begun.delegate,
        name=distribution.name,
        requires_python=requires,
        classifiers=distribution.classifiers,
        plan=wheel,
        extensions=tuple(one._replace(plan=next(rest)) if one.crate else one for one in prepared),
        rustc=rustc.answer if rustc else "",
        triple=triple,
        warnings=tuple(warnings),
    )


def _rustc(root: Path, extensions: Sequence[Extension], warnings: list[Problem]) -> _Rustc | None:
    """The rustc of the extensions; None where nothing has to be compiled with it, or may be left out without it."""
    libraries = [one for one in extensions if not one.program]
    required = [one for one in libraries if not one.optional]
    if not libraries:
        return None
    try:
        question = toolchain.ask_rustc(root, (required or libraries)[0].env)
        return _Rustc(*gather.release_and_host(question), question.answer()[1])
    except ToolchainError as error:
        if required:
            raise
        warnings.append(Problem("", Severity.WARNING, error.message, error.place, error.hint))
        return None


def query(root: Path, extension: Extension, triple: str | None = None) -> crates.Query:
    """What is asked of cargo for an extension."""
    return crates.Query(
        root=root,
        manifest=extension.manifest,
        flags=tuple(cargo_flags(extension)),
        triple=triple,
        requests=tuple(crates.as_feature(one) for one in extension.requests if "/" in one.feature),
        env=extension.env,
        hint=_HINT,
    )


def _read_crates(
    root: Path, extensions: Sequence[Extension], triple: str | None, warnings: list[Problem]
) -> tuple[Extension, ...]:
    """The extensions with their crates; optional ones that cannot be read have none."""
    questions = []
    for one in extensions:  # all at once: cargo's answers do not wait for each other
        try:
            questions.append(None if one.program else crates.ask(query(root, one, triple)))
        except CrateError as error:
            questions.append(None)
            _tolerate(one, error, warnings)
    found = []
    for one, question in zip(extensions, questions):
        if question:
            try:
                # setuptools-rust compiles the library of any crate, with --crate-type cdylib.
                one = one._replace(crate=crates.read(query(root, one, triple), question)._replace(library=True))
            except CrateError as error:
                _tolerate(one, error, warnings)
        found.append(one)
    return tuple(found)


def _if_possible(extension: Extension, alone: Plan, warnings: list[Problem]) -> Extension:
    """An optional extension without its crate, and a warning, where rustc or the Python is not one that it takes."""
    for problem in alone.problems:
        if problem.code in ("PFB110", "PFB140"):
            message = f"optional Rust extension {extension.name}: {problem.message} [{problem.code}]"
            warnings.append(problem._replace(code="", severity=Severity.WARNING, message=message))
            return extension._replace(crate=None)
    return extension


def _tolerate(extension: Extension, error: CrateError, warnings: list[Problem]) -> None:
    if not extension.optional:
        raise error
    message = f"optional Rust extension {extension.name}: {error.message}"
    warnings.append(Problem("", Severity.WARNING, message, error.place, error.hint))


def _promises(extension: Extension, distribution: Distribution) -> tuple[Request, ...]:
    """py_limited_api in its places as promises of a floor."""
    found = []
    if distribution.limited:
        floor, place = distribution.limited
        found.append(Request(f"abi3-py{floor[0]}{floor[1]}", place, PY_LIMITED_API))
    if extension.limited is True and extension.place:
        found.append(Request("abi3", extension.place, PY_LIMITED_API))
    return tuple(found)


def _hold(extension: Extension, distribution: Distribution) -> Restriction | None:
    if extension.limited is False and not extension.program:
        return Restriction(f"extension {extension.name} has py_limited_api = False", extension.place)
    if distribution.unlimited:
        return Restriction(f"extension {distribution.unlimited[0]}, in C, does not keep to the limited API")
    return None
