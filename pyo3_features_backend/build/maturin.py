"""Builds through maturin."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..delegates import maturin
from ..errors import DelegateError, say
from ..facts.arguments import config_sets_target_folder, flags_without_features, replace_target_dir, untracked_arguments
from ..model.target import Target
from . import gather, gather_maturin
from .gather import Facts, Start
from .steps import Hook, failure, locks_as_they_were, once_more, python_of, stale_extension, stop_on_errors, tell

if TYPE_CHECKING:
    from ..rebuild.place import Compile

_MESSAGES = "its own messages are above"


def build(begun: Start, hook: Hook) -> tuple[str, Facts]:
    """See :class:`.delegate.Delegate`."""
    facts = gather_maturin.facts(begun)
    stop_on_errors(facts, quiet=False)
    (extension,) = facts.extensions
    assert extension.crate is not None
    if hook.editable:
        stale_extension(facts, maturin.extension_stem(facts.project, extension.crate))
    say(gather.summary(facts))
    from ..rebuild import engine, interpreter
    from ..rebuild.session import Build

    stable = interpreter.environment(facts.target, os.environ)
    why = failure(facts, "maturin")
    words = maturin.compose(extension)
    room = engine.Room()

    def compiled(cache: bool) -> str:
        build = Build(
            root=facts.project.root,
            name=facts.name,
            compile_cache=facts.settings.compile_cache if cache else "off",
            environ=dict(os.environ),
            rustc=facts.rustc,
            words=tuple(untracked_arguments(extension.arguments)),
            python=python_of(facts, programs=False),
            tell=tell,
            compiles=(_compile(facts, {**os.environ, **facts.plan.env, **stable}, editable=hook.editable),),
        )
        with engine.compiling(build, room) as (sent,):
            passed = {"maturin.build-args": replace_target_dir(words, sent.directory)}
            env = {**facts.plan.env, **interpreter.with_configuration(stable, sent.env, facts.target)}
            return maturin.hook(hook.name, hook.directory, passed, hook.metadata_directory, env=env, failed=why)

    with gather.rust():
        return once_more(room, compiled), facts


def _compile(facts: Facts, environ: dict[str, str], *, editable: bool) -> Compile:
    """maturin's call of cargo."""
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


def metadata(begun: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    facts = gather_maturin.facts(begun)
    stop_on_errors(facts, quiet=True)
    passed = {"maturin.build-args": maturin.compose(facts.extensions[0])}
    failed = DelegateError("maturin could not write the metadata", hint=_MESSAGES)
    with gather.rust():
        return maturin.hook(hook.name, hook.directory, passed, env=facts.plan.env, failed=failed)


def sdist(begun: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    failed = DelegateError("maturin could not make the sdist", hint=_MESSAGES)
    with gather.rust():
        return maturin.hook(hook.name, hook.directory, None, env={}, failed=failed)


def plans(begun: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
    """See :class:`.delegate.Delegate`."""
    manifest = maturin.manifest(begun.project, maturin.parse(begun.config_settings, os.environ))
    with locks_as_they_were([manifest]):
        return [gather_maturin.facts(begun, python) for python in pythons]
