"""A wheel through setuptools and setuptools-rust."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import crates, gather, gather_setuptools, identity, reuse, verify
from .delegates import setuptools_commands, setuptools_rust, setuptools_session
from .delegates.arguments import locking, uncompared
from .errors import BackendError, DelegateError, render, say
from .gather import Facts, Start
from .graph import Graph
from .steps import Hook, failure, once_more_without, stale_extension, stop_on_errors
from .target_folder import Work


def _work(facts: Facts, distribution: setuptools_rust.Distribution, *, editable: bool) -> Work | None:
    """The compile of a finalised distribution; None where one of its crates cannot be read (cargo will say so)."""
    root = facts.project.root
    environ = dict(os.environ)
    graphs: list[Graph] = []
    profiles = ["release", os.environ.get("SETUPTOOLS_RUST_CARGO_PROFILE", "")]
    if editable or distribution.debug:
        profiles.append("dev")
    arguments: list[str] = []
    pinned = False
    for one, crate in zip(distribution.extensions, facts.crates):
        environ.update(one.env or {})
        arguments += uncompared(one.arguments)
        profiles.append(one.arguments.values.get("--profile", ""))
        graph = crate.graph if crate else None
        if graph is None and (one.program or not one.optional):
            try:
                graph = crates.read(root, one.manifest, locking(one.arguments), env=one.env).graph
            except BackendError:
                return None
        if graph:
            target_dir = one.arguments.values.get("--target-dir")
            pinned = pinned or target_dir is not None
            graphs.append(graph.compiled_in(root / target_dir) if target_dir else graph)
    return reuse.work(
        graphs,
        facts.rustc,
        {**environ, **facts.plan.env},
        profiles=[profile for profile in dict.fromkeys(profiles) if profile],
        arguments=arguments,
        pinned=pinned,
    )


def make(begun: Start, hook: Hook, *, cache: bool) -> tuple[str, Facts]:
    """Build; returns the wheel's file name and what was known. ``cache`` is False for a try without the compile cache.

    Raises a :class:`BackendError`, or :class:`NoRoom`.
    """
    choice = reuse.Reuse(begun.project.root, cache=cache)

    decided: list[Facts] = []
    read: list[setuptools_rust.Distribution] = []
    folders = ExitStack()

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
        env = identity.environment(facts.target, os.environ)
        if work := _work(facts, distribution, editable=hook.editable):
            env.update(folders.enter_context(choice.folder(facts.settings, facts.name, work)))
        here = facts.target.executable and not facts.target.cross_triple
        instruction = setuptools_rust.instruction(facts.plan, facts.plans, None if here else facts.target)
        return instruction._replace(env={**instruction.env, **env})

    session = setuptools_session.Session(begun.project, hook.config_settings, decide)
    with once_more_without(choice), folders:
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
