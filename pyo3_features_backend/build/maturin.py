"""Builds through maturin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..delegates import maturin
from ..errors import DelegateError, say
from ..facts.arguments import config_sets_target_folder, flags_without_features, replace_target_dir, untracked_arguments
from ..model.target import Target
from . import compiler_output, gather, gather_maturin
from .gather import Facts, Start
from .steps import (
    Hook,
    check_stale_extension,
    compile_error,
    preserve_lock_files,
    python_for_compile,
    report,
    retry_without_cache,
    stop_on_errors,
)

if TYPE_CHECKING:
    from ..rebuild.place import Compile

_MESSAGES = "its own messages are above"


def build(start: Start, hook: Hook) -> tuple[str, Facts]:
    """See :class:`.delegate.Delegate`."""
    facts = gather_maturin.facts(start)
    stop_on_errors(facts, quiet=False)
    (extension,) = facts.extensions
    assert extension.crate is not None
    if hook.editable:
        check_stale_extension(facts, maturin.extension_stem(facts.project, extension.crate))
    say(gather.summary(facts))
    from ..rebuild import engine, interpreter
    from ..rebuild.session import Build

    stable = interpreter.environment(facts.target, os.environ)
    arguments = maturin.compose(extension)
    disk = engine.CacheDisk()

    def compile_wheel(use_cache: bool) -> str:
        build = Build(
            root=facts.project.root,
            name=facts.name,
            compile_cache=facts.settings.compile_cache if use_cache else "off",
            environ=dict(os.environ),
            rustc=facts.rustc,
            arguments=tuple(untracked_arguments(extension)),
            python=python_for_compile(facts, programs=False),
            report=report,
            compiles=(_compile(facts, {**os.environ, **facts.plan.env, **stable}, editable=hook.editable),),
        )
        with engine.compiling(build, disk) as (destination,):
            passed = {"maturin.build-args": replace_target_dir(arguments, destination.directory)}
            env = {**facts.plan.env, **interpreter.with_configuration(stable, destination.env, facts.target)}
            with compiler_output.kept() as said:

                def failed() -> DelegateError:
                    return compile_error(facts, "maturin", said)

                return maturin.hook(hook.name, hook.directory, passed, hook.metadata_directory, env=env, failed=failed)

    with gather.cargo_on_path():
        return retry_without_cache(disk, compile_wheel), facts


def _compile(facts: Facts, environ: dict[str, str], *, editable: bool) -> Compile:
    """The call of cargo that maturin makes."""
    from ..rebuild.place import Compile

    (extension,) = facts.extensions
    assert extension.crate is not None and extension.crate.graph is not None
    graph, root = extension.crate.graph, facts.project.root
    given = extension.arguments.values.get("--target-dir")
    return Compile(
        graph=graph,
        environ=environ,
        flags=tuple(flags_without_features(extension)),
        profiles=(maturin.profile(facts.project, extension.arguments, editable=editable),),
        crates=frozenset([*graph.libraries, *graph.programs]),
        directory=root / given if given else None,
        elsewhere=config_sets_target_folder(extension, root),
    )


def metadata(start: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    facts = gather_maturin.facts(start)
    stop_on_errors(facts, quiet=True)
    passed = {"maturin.build-args": maturin.compose(facts.extensions[0])}
    failed = DelegateError("maturin could not write the metadata", hint=_MESSAGES)
    with gather.cargo_on_path():
        return maturin.hook(hook.name, hook.directory, passed, env=facts.plan.env, failed=lambda: failed)


def sdist(start: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    failed = DelegateError("maturin could not make the sdist", hint=_MESSAGES)
    with gather.cargo_on_path():
        return maturin.hook(hook.name, hook.directory, None, env={}, failed=lambda: failed)


def plans(start: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
    """See :class:`.delegate.Delegate`."""
    manifest = maturin.manifest(start.project, maturin.parse(start.config_settings, os.environ))
    with preserve_lock_files([manifest]):
        return [gather_maturin.facts(start, python) for python in pythons]
