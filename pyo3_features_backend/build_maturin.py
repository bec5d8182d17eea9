"""A wheel through maturin."""

from __future__ import annotations

import os

from . import gather, identity
from .delegates import maturin
from .delegates.arguments import uncompared
from .errors import say
from .gather import Facts, Start
from .steps import Hook, failure, once_more_without, stale_extension, stop_on_errors, while_cargo_reads


def make(begun: Start, hook: Hook, *, cache: bool) -> tuple[str, Facts]:
    """Build; returns the wheel's file name and what was known. ``cache`` is False for a try without the compile cache.

    Raises a :class:`BackendError`, or :class:`NoRoom`.
    """
    facts = gather.for_maturin(begun.project, hook.config_settings, meanwhile=while_cargo_reads)
    stop_on_errors(facts, quiet=False)
    crate, arguments = facts.crate, facts.arguments
    assert arguments is not None
    if hook.editable and crate:
        stale_extension(facts, maturin.extension_stem(facts.project, crate))
    say(gather.summary(facts))
    failed, hint = failure(facts, "maturin")
    stable = identity.environment(facts.target, os.environ)
    from . import reuse

    choice = reuse.Reuse(facts.project.root, cache=cache)
    with gather.rust(), once_more_without(choice):
        graphs = [one.graph for one in facts.crates if one and one.graph]
        target_dir = arguments.values.get("--target-dir")
        if target_dir:
            graphs = [graph.compiled_in(facts.project.root / target_dir) for graph in graphs]
        work = reuse.work(
            graphs,
            facts.rustc,
            {**os.environ, **facts.plan.env},
            profiles=(maturin.profile(facts.project, arguments, editable=hook.editable),),
            arguments=uncompared(arguments),
            pinned=target_dir is not None,
        )
        with choice.folder(facts.settings, facts.name, work) as env:
            name = maturin.hook(
                hook.name,
                hook.directory,
                facts.passed,
                hook.metadata_directory,
                env={**facts.plan.env, **stable, **env},
                failed=failed,
                hint=hint,
            )
    return name, facts
