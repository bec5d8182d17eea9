"""Gathers the facts of a project that setuptools-rust builds, and makes the plan; see :mod:`.gather`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..decide import plan
from ..decide.abi import PY_LIMITED_API, Restriction
from ..decide.case import Basis
from ..delegates.setuptools_rust import Distribution
from ..errors import CrateError, Place, ToolchainError
from ..facts import crates, project, pymodules, toolchain
from ..facts.query import Query, ask
from ..model.crate import Crate, Modules, Request
from ..model.extension import Extension
from ..model.plan import Plan
from ..model.problem import Problem
from ..model.target import Target
from ..model.words import Abi, Severity
from . import asking, gather
from .gather import Facts
from .start import Start

MANIFEST_HINT = "set `path` to the extension's own Cargo.toml where the extension is declared"


class _Rustc(NamedTuple):
    """The rustc that compiles the extensions; ``answer`` is the output of ``rustc -vV``."""

    release: str
    host: str
    answer: str


def facts(start: Start, distribution: Distribution, python: str | Target | None = None) -> Facts:
    """Read the crates of a finalised ``distribution`` and make the plan.

    ``python``, only for plans that are not built, overrides the target interpreter. Raises a :class:`BackendError` for
    what cannot be read. For an optional extension this is only a warning, because setuptools-rust builds without it.
    """
    root = start.project.root
    triple = asking.target_triple(distribution.triple)
    warnings: list[Problem] = []
    rustc = _rustc(root, distribution.extensions, warnings)
    cross = triple if rustc and triple != rustc.host else None
    target = asking.target_of(python, cross, rustc.host if rustc and cross else "")
    extensions = distribution.extensions
    if rustc:
        own = [extension.env for extension in extensions if extension.env is not None and not extension.program]
        for environ in [os.environ, *own]:
            gather.check_contradictions(environ, target)
        extensions = _read_crates(root, extensions, triple, warnings)
    settings = start.declared.for_target(target)
    requires = distribution.requires_python
    lower_bound = project.lower_bound(requires, distribution.requires_place) if requires else None
    basis = Basis(
        settings=settings,
        target=target,
        rustc=rustc.release if rustc else "0",
        requires_python=requires,
        lower_bound=lower_bound,
        delegate=start.delegate,
    )
    prepared = [_prepare(extension, basis, distribution, warnings) for extension in extensions]
    wheel, extensions = _decide(basis, prepared, distribution)
    return Facts(
        project=start.project,
        settings=settings,
        target=target,
        delegate=start.delegate,
        name=distribution.name,
        requires_python=requires,
        classifiers=distribution.classifiers,
        plan=wheel,
        extensions=extensions,
        rustc=rustc.answer if rustc else "",
        triple=triple,
        warnings=tuple(warnings),
    )


def _prepare(extension: Extension, basis: Basis, distribution: Distribution, warnings: list[Problem]) -> Extension:
    """The extension with the floors that py_limited_api promises; without its crate if it cannot be built."""
    if extension.crate and extension.optional:
        extension = _drop_unsupported(extension, plan.decide(basis, extension.crate), warnings)
    if extension.crate:
        extension = extension._replace(crate=extension.crate._replace(promised=_promises(extension, distribution)))
    return extension


def _decide(
    basis: Basis, extensions: Sequence[Extension], distribution: Distribution
) -> tuple[Plan, tuple[Extension, ...]]:
    """(the plan of the wheel, the extensions with their plans); an extension without a crate gets no plan."""
    pairs = [(extension.crate, _restriction(extension, distribution)) for extension in extensions if extension.crate]
    if not pairs:
        wheel = Plan(
            abi=Abi.VERSION_SPECIFIC,
            floor=None,
            features=(),
            env={},
            wheel=None,
            reason="no extension could be read" if extensions else "setup.py declares no Rust extension for this build",
            problems=(),
        )
        return wheel, tuple(extensions)
    wheel, plans = plan.decide_together(basis, *zip(*pairs))
    remaining = iter(plans)
    planned = [extension._replace(plan=next(remaining)) if extension.crate else extension for extension in extensions]
    return wheel, tuple(planned)


def _rustc(root: Path, extensions: Sequence[Extension], warnings: list[Problem]) -> _Rustc | None:
    """The rustc of the extensions; None if nothing needs it, or only optional extensions do and it is missing."""
    libraries = [extension for extension in extensions if not extension.program]
    required = [extension for extension in libraries if not extension.optional]
    if not libraries:
        return None
    try:
        question = toolchain.ask_rustc(root, (required or libraries)[0].env)
        return _Rustc(*gather.release_and_host(question), question.answer()[1])
    except ToolchainError as error:
        if required:
            raise
        warnings.append(
            Problem(code="PFB180", severity=Severity.WARNING, message=error.message, place=error.place, hint=error.hint)
        )
        return None


def _read_crates(
    root: Path, extensions: Sequence[Extension], triple: str | None, warnings: list[Problem]
) -> tuple[Extension, ...]:
    """The extensions with their crates. An optional extension that cannot be read gets none."""
    questions: list[tuple[Query, toolchain.Question] | None] = []
    for extension in extensions:  # all start before the first answer, so that they run at the same time
        question = None
        if not extension.program:
            query = asking.query(root, extension, triple, hint=MANIFEST_HINT)
            try:
                question = query, ask(query)
            except CrateError as error:
                _warn_if_optional(extension, error, warnings)
        questions.append(question)
    with_crates = []
    for extension, question in zip(extensions, questions):
        if question:
            try:
                crate = crates.read(*question)
                # setuptools-rust compiles the library of any crate, with --crate-type cdylib.
                crate = crate._replace(library=True)
                extension = extension._replace(crate=crate._replace(modules=_modules(root, extension, crate)))
            except CrateError as error:
                _warn_if_optional(extension, error, warnings)
        with_crates.append(extension)
    return tuple(with_crates)


def _modules(root: Path, extension: Extension, crate: Crate) -> Modules | None:
    """What the crate's sources show to be wrong with the extension module."""
    place = extension.place or Place(extension.shown)
    key = ("modules", extension.name, crate.manifest, crate.pyo3 is None)
    wanted = extension.name.rpartition(".")[2]
    return toolchain.remembered(key, lambda: pymodules.read(crate, wanted, place, root))


def _drop_unsupported(extension: Extension, alone: Plan, warnings: list[Problem]) -> Extension:
    """Remove the crate of an optional extension, with a warning, if rustc or the Python is not supported."""
    for problem in alone.problems:
        if problem.code in ("PFB110", "PFB140"):
            message = f"optional Rust extension {extension.name}: {problem.message}"
            warnings.append(problem._replace(severity=Severity.WARNING, message=message))
            return extension._replace(crate=None)
    return extension


def _warn_if_optional(extension: Extension, error: CrateError, warnings: list[Problem]) -> None:
    """Turn an error of an optional extension into a warning; raise the error of any other."""
    if not extension.optional:
        raise error
    message = f"optional Rust extension {extension.name}: {error.message}"
    warnings.append(
        Problem(code="PFB180", severity=Severity.WARNING, message=message, place=error.place, hint=error.hint)
    )


def _promises(extension: Extension, distribution: Distribution) -> tuple[Request, ...]:
    """The floors that py_limited_api promises, for the wheel and for the extension itself."""
    promises = []
    if distribution.limited:
        floor, place = distribution.limited
        promises.append(Request(f"abi3-py{floor[0]}{floor[1]}", place, PY_LIMITED_API))
    if extension.limited is True and extension.place:
        promises.append(Request("abi3", extension.place, PY_LIMITED_API))
    return tuple(promises)


def _restriction(extension: Extension, distribution: Distribution) -> Restriction | None:
    """What prevents a stable ABI for the extension, if anything does."""
    if extension.limited is False and not extension.program:
        return Restriction(f"extension {extension.name} has py_limited_api = False", extension.place)
    if distribution.unlimited:
        return Restriction(f"C extension {distribution.unlimited[0]} does not use the limited API")
    return None
