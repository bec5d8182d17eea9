"""Builds through setuptools and setuptools-rust."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from .. import verify
from ..delegates import setuptools_commands, setuptools_rust
from ..delegates.setuptools_rust import Distribution, Instruction
from ..delegates.setuptools_session import Session
from ..delegates.setuptools_session import hook as call
from ..errors import BackendError, DelegateError, render, say
from ..facts import crates
from ..facts.arguments import config_sets_target_folder, flags_without_features, untracked_arguments
from ..model.extension import Extension
from ..model.graph import Graph
from ..model.target import Target
from ..model.words import Severity
from ..rebuild import engine, environment, interpreter
from ..rebuild.place import Compile
from ..rebuild.session import Build
from . import gather, gather_setuptools
from .gather import Facts, Start
from .steps import Hook, failure, locks_as_they_were, once_more, python_of, stale_extension, stop_on_errors, tell


def build(begun: Start, hook: Hook) -> tuple[str, Facts]:
    """See :class:`.delegate.Delegate`."""
    wheel = _Wheel(begun, hook)
    name = once_more(wheel.room, wheel.compiled)
    assert wheel.facts is not None
    if not hook.editable:
        _present(Path(hook.directory, name), wheel.facts.extensions)
    return name, wheel.facts


class _Wheel:
    """One wheel. ``facts`` are known when setup.py has said what it builds, and stay for another try."""

    def __init__(self, begun: Start, hook: Hook) -> None:
        self.begun, self.hook = begun, hook
        self.facts: Facts | None = None
        self.room = engine.Room()

    def compiled(self, cache: bool) -> str:
        """Run setup.py; returns the wheel's file name."""
        given = self.hook.config_settings
        with ExitStack() as places:

            def decide(distribution: Distribution, command: Any) -> tuple[Instruction, Facts]:
                self.facts = self.facts or self._decided(distribution, command)
                session.failed = failure(self.facts, "setuptools-rust")
                return self._instruction(self.facts, distribution, places, cache), self.facts

            session = Session(self.begun.project, given, decide)
            return call(self.hook.name, session, self.hook.directory, given, self.hook.metadata_directory)

    def _decided(self, distribution: Distribution, command: Any) -> Facts:
        facts = gather_setuptools.facts(self.begun, distribution)
        stop_on_errors(facts, quiet=False)
        if self.hook.editable:
            for one in facts.extensions:
                if not one.program:
                    stale_extension(facts, setuptools_commands.source_stem(command, one.name))
        say(gather.summary(facts))
        return facts

    def _instruction(self, facts: Facts, distribution: Distribution, places: ExitStack, cache: bool) -> Instruction:
        """The plan for setuptools, with the places where the extensions are compiled."""
        here = facts.target.executable and not facts.target.cross_triple
        plans = [one.plan for one in facts.extensions]
        instruction = setuptools_rust.instruction(facts.plan, plans, None if here else facts.target)
        env = {**instruction.env, **interpreter.environment(facts.target, os.environ)}
        debug = self.hook.editable or distribution.debug
        compiles = _compiles(facts, {**os.environ, **env}, debug=debug)
        if not compiles:
            return instruction._replace(env=env)
        build = _build(facts, compiles.values())
        if not cache:
            build = build._replace(compile_cache="off")
        destinations = places.enter_context(engine.compiling(build, self.room))
        return instruction._replace(env=env, destinations=dict(zip(compiles, destinations)))


def _compiles(facts: Facts, environ: dict[str, str], *, debug: bool) -> dict[int, Compile] | None:
    """setuptools-rust's calls of cargo, by the extension's number; None where a crate cannot be read (cargo says so).

    An optional extension that cannot be read is not among them.
    """
    found = {}
    for number, one in enumerate(facts.extensions):
        graph = one.crate.graph if one.crate else None
        if graph is None and one.optional and not one.program:
            continue
        if graph is None:
            try:
                query = gather_setuptools.query(facts.project.root, one._replace(plan=None))._replace(requests=())
                graph = crates.read(query).graph
            except BackendError:
                return None
        assert graph is not None
        found[number] = _compile(facts, one, graph, environ, debug=debug)
    return found


def _compile(facts: Facts, one: Extension, graph: Graph, environ: dict[str, str], *, debug: bool) -> Compile:
    root = facts.project.root
    profiles = ["release", os.environ.get("SETUPTOOLS_RUST_CARGO_PROFILE"), one.arguments.values.get("--profile")]
    directory = one.arguments.values.get("--target-dir")
    own = {} if one.env is None else environment.differences(one.env, os.environ)
    return Compile(
        graph=graph,
        environ={**environ, **(one.env or {})},
        flags=tuple(flags_without_features(one)),
        profiles=tuple(dict.fromkeys(profile for profile in [*profiles, "dev" if debug else ""] if profile)),
        crates=frozenset(graph.programs if one.program else graph.libraries),
        directory=root / directory if directory else None,
        elsewhere=config_sets_target_folder(one, root),
        own=tuple(sorted(own.items())),
    )


def _build(facts: Facts, compiles: Iterable[Compile]) -> Build:
    programs = any(one.program for one in facts.extensions)
    return Build(
        root=facts.project.root,
        name=facts.name,
        compile_cache=facts.settings.compile_cache,
        environ=dict(os.environ),
        rustc=facts.rustc,
        words=tuple(word for one in facts.extensions for word in untracked_arguments(one.arguments)),
        python=python_of(facts, programs=programs),
        compiles=tuple(compiles),
        tell=tell,
    )


def _present(wheel: Path, extensions: Iterable[Extension]) -> None:
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
            say(render(Severity.WARNING, message, one.place, "setuptools-rust's and cargo's own messages are above"))


def metadata(begun: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    session: Session[None] = Session(begun.project, hook.config_settings, None)
    return call(hook.name, session, hook.directory, hook.config_settings)


def sdist(begun: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    return metadata(begun, hook)


def plans(begun: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
    """See :class:`.delegate.Delegate`. setup.py runs once, up to the decision, and writes nothing."""

    def decide(distribution: Distribution, _: Any) -> tuple[None, list[Facts]]:
        with locks_as_they_were(one.manifest for one in distribution.extensions):
            return None, [gather_setuptools.facts(begun, distribution, python) for python in pythons]

    session = Session(begun.project, begun.config_settings, decide)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(_in_folder(begun.project.root))
        stack.enter_context(_stdout_to_stderr())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # setuptools' own, which a build shows
        call("build_wheel", session, folder, {"quiet": "1"}, None)
    assert session.result is not None
    return session.result


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """What setup.py and its children print is not part of our answer."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)
