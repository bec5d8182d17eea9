"""Builds through setuptools and setuptools-rust."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..delegates import setuptools_commands, setuptools_rust
from ..delegates.setuptools_rust import Distribution, Instruction
from ..delegates.setuptools_session import Session
from ..delegates.setuptools_session import hook as call
from ..errors import BackendError, DelegateError, render, say
from ..facts import crates
from ..facts.arguments import config_sets_target_folder, flags_without_features, untracked_arguments
from ..facts.files import without_parents
from ..model.compile import Destination
from ..model.extension import Extension
from ..model.graph import Graph
from ..model.target import Target
from ..model.words import Severity
from ..rebuild import engine, environment, interpreter
from ..rebuild.place import Compile
from ..rebuild.request import Build
from ..verify.importing import extension_files
from . import asking, compiler_output, gather, gather_setuptools
from .gather import Facts
from .start import Hook, Start
from .steps import (
    check_stale_extension,
    compile_error,
    preserve_lock_files,
    python_for_compile,
    report,
    retry_without_cache,
    stop_on_errors,
)

if TYPE_CHECKING:
    from . import editable


def build(start: Start, hook: Hook) -> tuple[str, Facts]:
    """See :class:`.delegate.Delegate`."""
    wheel = _Wheel(start, hook)
    name = retry_without_cache(wheel.disk, wheel.compile)
    assert wheel.facts is not None
    if not hook.editable:
        _check_extensions(Path(hook.directory, name), wheel.facts.extensions)
    return name, wheel.facts


class _Wheel:
    """The build of one wheel. It learns the facts while setup.py runs, and keeps them for a second try."""

    def __init__(self, start: Start, hook: Hook) -> None:
        self.start, self.hook = start, hook
        self.facts: Facts | None = None
        self.distribution: Distribution | None = None  # the one that they are about
        self.disk = engine.CacheDisk()
        self.stems: dict[str, Path] = {}  # where an editable build writes each extension, without the suffix
        self.rebuild: editable.Rebuild | None = None
        self.destinations: dict[int, Destination] = {}

    def compile(self, use_cache: bool) -> str:
        """Run setup.py; returns the wheel's file name."""
        given = self.hook.config_settings
        with ExitStack() as stack:

            def decide(distribution: Distribution, command: Any) -> tuple[Instruction, Facts]:
                if session.instruction:  # setup.py calls setup() again, because the first has failed
                    with suppress(DelegateError), stack:
                        raise session.failed()
                if self.facts is None or distribution != self.distribution:
                    self.facts = self._decide(distribution, command)
                    self.distribution = distribution
                facts, self.destinations = self.facts, {}
                # Not before: a setup.py that ends the process leaves nobody to copy what it has said.
                said = stack.enter_context(compiler_output.kept())
                session.failed = lambda: compile_error(facts, "setuptools-rust", said)
                if self.hook.editable:
                    from . import editable

                    self.rebuild = stack.enter_context(editable.recording_for(facts))
                return self._instruction(self.facts, stack, use_cache=use_cache), self.facts

            session = Session(self.start.project, given, decide)
            name = call(self.hook.name, session, self.hook.directory, given, self.hook.metadata_directory)
            if self.rebuild and self.facts:
                self.rebuild.add(Path(self.hook.directory, name), self._built(self.facts))
            return name

    def _built(self, facts: Facts) -> list[editable.Built]:
        """The extension modules that an editable build has made."""
        from . import editable

        return [
            editable.Built(
                extension=extension,
                name=extension.name,
                stem=self.stems[extension.name],
                destination=self.destinations[number],
            )
            for number, extension in enumerate(facts.extensions)
            if number in self.destinations and not extension.program and extension.crate and extension.crate.pyo3
        ]

    def _decide(self, distribution: Distribution, command: Any) -> Facts:
        """Gather the facts and make the plan, and print it."""
        facts = gather_setuptools.facts(self.start, distribution)
        stop_on_errors(facts, quiet=False)
        if self.hook.editable:
            for extension in facts.extensions:
                if not extension.program:
                    stem = setuptools_commands.source_stem(command, extension.name)
                    check_stale_extension(facts, stem)
                    self.stems[extension.name] = stem
        report(gather.summary(facts))
        return facts

    def _instruction(self, facts: Facts, stack: ExitStack, *, use_cache: bool) -> Instruction:
        """The plan for setuptools, with the folders in which cargo compiles; ``stack`` ends their use."""
        runs_here = facts.target.executable and not facts.target.cross_triple
        plans = [extension.plan for extension in facts.extensions]
        instruction = setuptools_rust.instruction(facts.plan, plans, None if runs_here else facts.target)
        stable = interpreter.environment(facts.target, os.environ)
        env = {**instruction.env, **stable}
        profile = facts.settings.editable_profile if self.hook.editable else None
        if os.environ.get("SETUPTOOLS_RUST_CARGO_PROFILE"):
            profile = None
        instruction = instruction._replace(env=env, profile=profile)
        # A command of the project can compile for debugging, too.
        profiles = tuple(filter(None, ["dev", profile]))
        compiles = _compiles(facts, {**os.environ, **env}, profiles)
        if not compiles:
            return instruction
        build = _build(facts, compiles.values(), stable)
        if not use_cache or self.rebuild:
            build = build._replace(compile_cache="off")
        self.destinations = dict(zip(compiles, stack.enter_context(engine.compiling(build, self.disk))))
        program = str(self.rebuild.recorder.program) if self.rebuild else None
        return instruction._replace(destinations=self.destinations, cargo=program)


def _compiles(facts: Facts, environ: dict[str, str], profiles: tuple[str, ...]) -> dict[int, Compile] | None:
    """The calls of cargo that setuptools-rust makes, by the number of the extension.

    An optional extension that cannot be read has no entry. None if another crate cannot be read; cargo then reports
    the error.
    """
    compiles = {}
    for number, extension in enumerate(facts.extensions):
        graph = extension.crate.graph if extension.crate else None
        if graph is None and extension.optional and not extension.program:
            continue
        if graph is None:
            try:
                unplanned = extension._replace(plan=None)
                query = asking.query(facts.project.root, unplanned, None, hint=gather_setuptools.MANIFEST_HINT)
                graph = crates.read(query._replace(requests=())).graph
            except BackendError:
                return None
        assert graph is not None
        compiles[number] = _compile(facts, extension, graph, environ, profiles)
    return compiles


def _compile(
    facts: Facts, extension: Extension, graph: Graph, environ: dict[str, str], profiles: tuple[str, ...]
) -> Compile:
    """The call of cargo for one extension; ``profiles`` are more that it may use."""
    root, values = facts.project.root, extension.arguments.values
    named = ["release", os.environ.get("SETUPTOOLS_RUST_CARGO_PROFILE"), values.get("--profile")]
    directory = values.get("--target-dir")
    own = {} if extension.env is None else environment.differences(extension.env, os.environ)
    return Compile(
        graph=graph,
        environ={**environ, **(extension.env or {})},
        flags=tuple(flags_without_features(extension)),
        profiles=tuple(dict.fromkeys(name for name in [*named, *profiles] if name)),
        crates=frozenset(graph.programs if extension.program else graph.libraries),
        directory=Path(without_parents(str(root / directory))) if directory else None,
        elsewhere=config_sets_target_folder(extension, root),
        own=tuple(sorted(own.items())),
        features=extension.features_and_arguments,
        packs_out_dir=extension.packs_out_dir,
    )


def _build(facts: Facts, compiles: Iterable[Compile], stable: dict[str, str]) -> Build:
    """The build for the rebuild engine; ``stable`` has the variables of :func:`interpreter.environment`."""
    programs = any(extension.program for extension in facts.extensions)
    path = interpreter.path(facts.target, os.environ, stable, base_by=setuptools_rust.uses_base_python(os.environ))
    return Build(
        root=facts.project.root,
        name=facts.name,
        compile_cache=facts.settings.compile_cache,
        environ=dict(os.environ),
        rustc=facts.rustc,
        arguments=tuple(each for extension in facts.extensions for each in untracked_arguments(extension)),
        python=python_for_compile(facts, programs=programs, path=path),
        compiles=tuple(compiles),
        report=report,
    )


def _check_extensions(wheel: Path, extensions: Iterable[Extension]) -> None:
    """Check that the wheel contains each extension once; a missing optional extension is only a warning.

    Raises :class:`DelegateError`, and then removes the wheel.
    """
    for extension in extensions:
        if extension.program:
            continue
        try:
            files = extension_files(wheel, extension.name)
            if len(files) > 1:
                raise DelegateError(
                    f"{wheel.name} contains {extension.name} {len(files)} times: {', '.join(files)}",
                    hint="remove older extension files from the source tree",
                )
            if not files and not extension.optional:
                raise DelegateError(
                    f"{wheel.name} does not contain the extension {extension.name}",
                    hint="see the output of setuptools above",
                )
        except BackendError:
            wheel.unlink()
            raise
        if not files:
            message = (
                f"optional Rust extension {extension.name} could not be built, so {wheel.name} does not contain it"
            )
            hint = "see the output of setuptools-rust and cargo above"
            say(render(Severity.WARNING, message, extension.place, hint, "PFB180"))


def metadata(start: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    session: Session[None] = Session(start.project, hook.config_settings, None)
    return call(hook.name, session, hook.directory, hook.config_settings)


def plans(start: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
    """See :class:`.delegate.Delegate`. setup.py runs once, up to the decision, and writes no file."""

    def decide(distribution: Distribution, _: Any) -> tuple[None, list[Facts]]:
        with preserve_lock_files(extension.manifest for extension in distribution.extensions):
            return None, [gather_setuptools.facts(start, distribution, python) for python in pythons]

    session = Session(start.project, start.config_settings, decide)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        stack.enter_context(_in_folder(start.project.root))
        stack.enter_context(_stdout_to_stderr())
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # setuptools' own warnings, which a build shows
        call("build_wheel", session, folder, {"quiet": "1"}, None)
    assert session.result is not None
    return session.result


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Make ``folder`` the current folder in the block."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send the output of setup.py and its child processes to stderr, because stdout is for the command's result."""
    if sys.stdout is None:  # the process has been started without one
        yield
        return
    sys.stdout.flush()
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(stdout, 1)
        os.close(stdout)
