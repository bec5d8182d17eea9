"""A wheel through setuptools and setuptools-rust."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..facts import crates
from . import gather, gather_setuptools
from .. import verify
from ..delegates import setuptools_commands, setuptools_rust, setuptools_session
from ..facts.arguments import cargo_flags, locking, names_target_folder, uncompared
from ..errors import BackendError, DelegateError, render, say
from .gather import Facts, Start
from ..model.graph import Graph
from ..rebuild import engine, environment, interpreter
from ..rebuild.place import Compile
from ..rebuild.session import Build
from .steps import Hook, failure, once_more_without, python_of, stale_extension, stop_on_errors


def _compiles(
    facts: Facts, distribution: setuptools_rust.Distribution, environ: dict[str, str], *, editable: bool
) -> dict[int, Compile] | None:
    """setuptools-rust's calls of cargo, by the extension's number; None where a crate cannot be read (cargo says so).

    An optional extension that cannot be read is not among them.
    """
    found = {}
    for number, (one, crate) in enumerate(zip(distribution.extensions, facts.crates)):
        graph = crate.graph if crate else None
        if graph is None and one.optional and not one.program:
            continue
        if graph is None:
            flags = cargo_flags(one.arguments, {}, [request.feature for request in one.requests])
            try:
                graph = crates.read(facts.project.root, one.manifest, flags, env=one.env).graph
            except BackendError:
                return None
        assert graph is not None
        debug = editable or distribution.debug
        found[number] = _compile(facts, one, graph, environ, debug=debug)
    return found


def _compile(
    facts: Facts, one: setuptools_rust.Extension, graph: Graph, environ: dict[str, str], *, debug: bool
) -> Compile:
    root = facts.project.root
    profiles = ["release", os.environ.get("SETUPTOOLS_RUST_CARGO_PROFILE"), one.arguments.values.get("--profile")]
    directory = one.arguments.values.get("--target-dir")
    own = {} if one.env is None else environment.differences(one.env, os.environ)
    return Compile(
        graph=graph,
        environ={**environ, **(one.env or {})},
        flags=tuple(locking(one.arguments)),
        profiles=tuple(dict.fromkeys(profile for profile in [*profiles, "dev" if debug else ""] if profile)),
        crates=frozenset(graph.programs if one.program else graph.libraries),
        directory=root / directory if directory else None,
        elsewhere=names_target_folder(one.arguments, {}, root),
        own=tuple(sorted(own.items())),
    )


def _build(facts: Facts, distribution: setuptools_rust.Distribution, compiles: Iterable[Compile]) -> Build:
    programs = any(one.program for one in distribution.extensions)
    return Build(
        root=facts.project.root,
        name=facts.name,
        compile_cache=facts.settings.compile_cache,
        environ=dict(os.environ),
        rustc=facts.rustc,
        words=tuple(word for one in distribution.extensions for word in uncompared(one.arguments)),
        python=python_of(facts, programs=programs),
        compiles=tuple(compiles),
    )


def make(begun: Start, hook: Hook, *, cache: bool) -> tuple[str, Facts]:
    """Build; returns the wheel's file name and what was known. ``cache`` is False for a try without the compile cache.

    Raises a :class:`BackendError`, or :class:`NoRoom`.
    """
    room = engine.Room()
    decided: list[Facts] = []
    read: list[setuptools_rust.Distribution] = []
    places = ExitStack()

    def decide(distribution: setuptools_rust.Distribution, command: Any) -> setuptools_rust.Instruction:
        facts = gather_setuptools.for_setuptools(begun, distribution, hook.config_settings)
        decided.append(facts)
        read.append(distribution)
        stop_on_errors(facts, quiet=False)
        if hook.editable:
            for one in distribution.extensions:
                if not one.program:
                    stale_extension(facts, setuptools_commands.source_stem(command, one.name))
        say(gather.summary(facts))
        session.failed, session.hint = failure(facts, "setuptools-rust")
        env = interpreter.environment(facts.target, os.environ)
        here = facts.target.executable and not facts.target.cross_triple
        instruction = setuptools_rust.instruction(facts.plan, facts.plans, None if here else facts.target)
        instruction = instruction._replace(env={**instruction.env, **env})
        compiles = _compiles(facts, distribution, {**os.environ, **instruction.env}, editable=hook.editable)
        if compiles:
            build = _build(facts, distribution, compiles.values())
            sent = places.enter_context(engine.compiling(build, room, cache=cache))
            instruction = instruction._replace(sent=dict(zip(compiles, sent)))
        return instruction

    session = setuptools_session.Session(begun.project, hook.config_settings, decide)
    with once_more_without(room), places:
        name = setuptools_session.hook(
            hook.name, session, hook.directory, hook.config_settings, hook.metadata_directory
        )
    if not hook.editable:
        _present(Path(hook.directory, name), read[0].extensions)
    return name, decided[0]


def _present(wheel: Path, extensions: Iterable[setuptools_rust.Extension]) -> None:
    """Each extension is in the wheel once; an optional one may be missing, and then we say so."""
    for one in extensions:
        if one.program:
            continue
        try:
            found = verify.extension_files(wheel, one.name)
            if len(found) > 1:
                raise DelegateError(
                    f"{wheel.name} holds {one.name} {len(found)} times: {', '.join(found)}",
                    hint="remove older extension files from the source tree",
                )
            if not found and not one.optional:
                raise DelegateError(
                    f"{wheel.name} is without the extension {one.name}", hint="setuptools' own messages are above"
                )
        except BackendError:
            wheel.unlink()
            raise
        if not found:
            message = f"optional Rust extension {one.name} could not be built, so {wheel.name} is without it"
            say(render("warning", message, one.place, "setuptools-rust's and cargo's own messages are above"))
