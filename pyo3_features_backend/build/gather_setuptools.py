"""What a decision needs of a project that setuptools-rust builds, and the decision; see :mod:`gather`."""

from __future__ import annotations

from ..decide.abi import Held
from ..model.crate import Request

import os
from collections.abc import Mapping
from pathlib import Path

from ..facts import crates, project, settings
from . import gather
from ..decide import plan
from ..decide.abi import PY_LIMITED_API
from ..model.crate import Crate
from ..facts.arguments import cargo_flags
from ..delegates.setuptools_rust import Distribution, Extension
from ..errors import CrateError, ToolchainError, render, say
from .gather import Facts, Start
from ..model.plan import Plan
from ..model.settings import ConfigSettings
from ..model.target import Target

_HINT = "name the extension's own Cargo.toml with `path` where the extension is declared"


def for_setuptools(
    begun: Start, distribution: Distribution, config_settings: ConfigSettings | None, python: str | Target | None = None
) -> Facts:
    """Read the crates of a finalised ``distribution`` and decide. ``python`` is for showing a plan only.

    Raises a :class:`BackendError` for what cannot be read, except where the extension is optional: setuptools-rust
    then goes on without it, and so do we.
    """
    found = begun.project
    root = found.root
    triple = gather.target_triple(distribution.triple)
    libraries = {number: one for number, one in enumerate(distribution.extensions) if not one.program}
    chosen = gather.target_of(python, None, "")
    release, answered = "0", ""
    read: dict[int, Crate] = {}
    required = [one for one in libraries.values() if not one.optional]
    if libraries:
        try:
            toolchain = crates.ask_rustc(root, (required or list(libraries.values()))[0].env)
            release, host = gather.release_and_host(toolchain)
            answered = toolchain.answer()[1]
        except ToolchainError as error:
            if required:
                raise
            say(render("warning", error.message, error.place, error.hint))
            libraries, host = {}, ""
        if triple and triple != host:
            chosen = gather.target_of(python, triple, host)
        for environ in [os.environ, *(one.env for one in libraries.values() if one.env is not None)]:
            gather.contradictions(environ, chosen)
        read = _read_crates(root, libraries, triple)
    loaded = settings.load(found.table, found.text, os.environ, config_settings, chosen)
    requires = distribution.requires_python
    lower = project.lower_bound(requires, distribution.requires_place) if requires else None
    known: list[Crate] = []
    held: list[Held | None] = []
    at: dict[int, int] = {}  # extension's number -> number among the known crates
    for number, one in enumerate(distribution.extensions):
        if one.program:
            crate: Crate | None = Crate(one.name, one.shown, False, frozenset(), None)
        else:
            crate = read.get(number)
        if (
            crate
            and one.optional
            and not _can_compile(plan.decide(loaded, lower, requires, crate, chosen, release), one)
        ):
            crate = None
        if crate is not None:
            at[number] = len(known)
            known.append(crate._replace(promised=_promises(one, distribution)))
            held.append(_hold(one, distribution))
    if not known:
        wheel = Plan("version-specific", None, (), {}, None, "no extension could be read", ())
        plans: list[Plan] = []
    else:
        wheel, plans = plan.decide_together(loaded, lower, requires, known, chosen, release, held)
    count = range(len(distribution.extensions))
    return Facts(
        found,
        loaded,
        chosen,
        begun.delegate,
        distribution.name,
        requires,
        distribution.classifiers,
        tuple(known[at[number]] if number in at else None for number in count),
        wheel,
        tuple(plans[at[number]] if number in at else None for number in count),
        config_settings or {},
        answered,
        triple,
        extensions=distribution.extensions,
    )


def _read_crates(root: Path, extensions: Mapping[int, Extension], triple: str | None) -> dict[int, Crate]:
    """The crates of the extensions, by the same numbers; without the optional ones that cannot be read."""
    asked = {}
    read: dict[int, Crate] = {}
    for number, one in extensions.items():  # all at once: cargo's answers do not wait for each other
        flags = cargo_flags(one.arguments, {}, [request.feature for request in one.requests])
        try:
            question = crates.ask_metadata(root, one.manifest, flags, triple, env=one.env, hint=_HINT)
        except CrateError as error:
            _tolerate(one, error)
        else:
            asked[number] = flags, question
    for number, (flags, question) in asked.items():
        one = extensions[number]
        on = [gather.as_feature(request) for request in one.requests if "/" in request.feature]
        try:
            crate = crates.read(root, one.manifest, flags, triple, on, None, question, env=one.env, hint=_HINT)
        except CrateError as error:
            _tolerate(one, error)
        else:
            # setuptools-rust compiles the library of any crate, with --crate-type cdylib.
            read[number] = crate._replace(library=True)
    return read


def _can_compile(alone: Plan, extension: Extension) -> bool:
    """False, and a warning, where rustc or the Python is not one that the crate of an optional extension takes."""
    for problem in alone.problems:
        if problem.code in ("PFB110", "PFB140"):
            message = f"optional Rust extension {extension.name}: {problem.message} [{problem.code}]"
            say(render("warning", message, problem.place, problem.hint))
            return False
    return True


def _tolerate(extension: Extension, error: CrateError) -> None:
    if not extension.optional:
        raise error
    message = f"optional Rust extension {extension.name}: {error.message}"
    say(render("warning", message, error.place, error.hint))


def _promises(extension: Extension, distribution: Distribution) -> tuple[Request, ...]:
    """py_limited_api in its places as promises of a floor."""
    found = []
    if distribution.limited:
        floor, place = distribution.limited
        found.append(Request(f"abi3-py{floor[0]}{floor[1]}", place, PY_LIMITED_API))
    if extension.limited is True:
        found.append(Request("abi3", extension.place, PY_LIMITED_API))
    return tuple(found)


def _hold(extension: Extension, distribution: Distribution) -> Held | None:
    if extension.limited is False and not extension.program:
        return Held(f"extension {extension.name} has py_limited_api = False", extension.place)
    if distribution.unlimited:
        return Held(f"extension {distribution.unlimited[0]}, in C, does not keep to the limited API")
    return None
