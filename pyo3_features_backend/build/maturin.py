"""A wheel through maturin."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import gather
from ..delegates import maturin
from ..facts.arguments import Arguments, locking, names_target_folder, uncompared, with_target_dir
from ..errors import say
from .gather import Facts, Start
from .steps import Hook, failure, once_more_without, python_of, stale_extension, stop_on_errors

if TYPE_CHECKING:
    from ..rebuild.place import Compile


def make(begun: Start, hook: Hook, *, cache: bool) -> tuple[str, Facts]:
    """Build; returns the wheel's file name and what was known. ``cache`` is False for a try without the compile cache.

    Raises a :class:`BackendError`, or :class:`NoRoom`.
    """
    facts = gather.for_maturin(begun.project, hook.config_settings)
    stop_on_errors(facts, quiet=False)
    crate, arguments = facts.crate, facts.arguments
    assert crate is not None and crate.graph is not None and arguments is not None
    if hook.editable:
        stale_extension(facts, maturin.extension_stem(facts.project, crate))
    say(gather.summary(facts))
    failed, hint = failure(facts, "maturin")
    from ..rebuild import engine, interpreter
    from ..rebuild.session import Build

    stable = interpreter.environment(facts.target, os.environ)
    room = engine.Room()
    with gather.rust(), once_more_without(room):
        environ = {**os.environ, **facts.plan.env, **stable}
        build = Build(
            root=facts.project.root,
            name=facts.name,
            compile_cache=facts.settings.compile_cache,
            environ=dict(os.environ),
            rustc=facts.rustc,
            words=tuple(uncompared(arguments)),
            python=python_of(facts, programs=False),
            compiles=(_compile(facts, arguments, environ, editable=hook.editable),),
        )
        with engine.compiling(build, room, cache=cache) as (sent,):
            passed = {key: with_target_dir(value, sent.directory) for key, value in facts.passed.items()}
            name = maturin.hook(
                hook.name,
                hook.directory,
                passed,
                hook.metadata_directory,
                env={**facts.plan.env, **interpreter.with_configuration(stable, sent.env, facts.target)},
                failed=failed,
                hint=hint,
            )
    return name, facts


def _compile(facts: Facts, arguments: Arguments, environ: dict[str, str], *, editable: bool) -> Compile:
    """maturin's call of cargo."""
    from ..rebuild.place import Compile

    assert facts.crate is not None and facts.crate.graph is not None
    graph = facts.crate.graph
    given = arguments.values.get("--target-dir")
    return Compile(
        graph=graph,
        environ=environ,
        flags=tuple(locking(arguments, facts.project.maturin)),
        profiles=(maturin.profile(facts.project, arguments, editable=editable),),
        crates=frozenset([*graph.libraries, *graph.programs]),
        directory=facts.project.root / given if given else None,
        elsewhere=names_target_folder(arguments, facts.project.maturin, facts.project.root),
    )
