"""Builds a wheel through maturin. While cargo answers, all is imported that the build and the checks after it need."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from ..delegates import maturin
from ..errors import DelegateError
from ..facts.arguments import config_sets_target_folder, flags_without_features, replace_target_dir, untracked_arguments
from ..facts.environ import cargo_on_path
from ..facts.files import without_parents
from ..model.compile import Destination
from ..rebuild import engine, interpreter
from ..rebuild.place import Compile
from ..rebuild.request import Build, is_unpacked
from ..verify import audit, planned  # noqa: F401
from . import compiler_output, gather, gather_maturin
from .ask_maturin import Asked
from .gather import Facts
from .start import Hook
from .steps import (
    check_stale_extension,
    compile_error,
    python_for_compile,
    report,
    retry_without_cache,
    stop_on_errors,
)

if TYPE_CHECKING:
    from . import editable


def build(asked: Asked, hook: Hook) -> tuple[str, Facts]:
    """See :class:`.delegate.Delegate`; ``asked`` is the question to cargo."""
    if is_unpacked(asked.start.project.root):
        from ..rebuild import folder  # noqa: F401  # has patterns that a build in a source tree does not need
    facts = gather_maturin.facts(asked)
    stop_on_errors(facts, quiet=False)
    facts = _with_profile(facts) if hook.editable else facts
    (extension,) = facts.extensions
    assert extension.crate is not None
    if hook.editable:
        check_stale_extension(facts, maturin.extension_stem(facts.project, extension.crate))
    report(gather.summary(facts))
    stable = interpreter.environment(facts.target, os.environ)
    own = _has_own_interpreter(facts, stable)
    disk = engine.CacheDisk()
    wanted = hook.editable and facts.settings.editable_rebuild

    def compile_wheel(use_cache: bool) -> str:
        build = Build(
            root=facts.project.root,
            name=facts.name,
            compile_cache=facts.settings.compile_cache if use_cache and not wanted else "off",
            environ=dict(os.environ),
            rustc=facts.rustc,
            arguments=tuple(untracked_arguments(extension)),
            python=python_for_compile(facts, programs=False, path=_path(facts, stable, own=own)),
            report=report,
            compiles=(_compile(facts, {**os.environ, **facts.plan.env, **stable}, editable=hook.editable),),
        )
        with engine.compiling(build, disk) as (destination,), ExitStack() as stack:
            rebuild = _recording(facts, stack) if wanted else None
            arguments, env = _redirected(facts, stable, destination, own=own)
            env.update(rebuild.recorder.path if rebuild else {})
            said = stack.enter_context(compiler_output.kept())

            def failed() -> DelegateError:
                return compile_error(facts, "maturin", said)

            args = (hook.directory, {"maturin.build-args": arguments}, hook.metadata_directory)
            name = maturin.hook(hook.name, *args, env=env, failed=failed)
            if rebuild:
                rebuild.add(Path(hook.directory, name), [_built(facts, destination)])
            return name

    with cargo_on_path():
        return retry_without_cache(disk, compile_wheel), facts


def _has_own_interpreter(facts: Facts, stable: dict[str, str]) -> bool:
    """Whether maturin gets the interpreter of the place; ``stable`` are the variables of a base interpreter."""
    (extension,) = facts.extensions
    named = "--interpreter" in extension.arguments.values or facts.project.maturin.get("use-base-python")
    return bool(stable) and not named and interpreter.can_be_bare(facts.target) and maturin.takes_interpreter()


def _path(facts: Facts, stable: dict[str, str], *, own: bool) -> str:
    """See :func:`interpreter.path`. An interpreter in the arguments is the one that build scripts get from maturin."""
    (extension,) = facts.extensions
    if "--interpreter" in extension.arguments.values:
        return facts.target.executable or ""
    switched = maturin.uses_base_python(facts.project, os.environ)
    return interpreter.path(facts.target, os.environ, stable, own=own, base_by=switched)


def _redirected(
    facts: Facts, stable: dict[str, str], destination: Destination, *, own: bool
) -> tuple[list[str], dict[str, str]]:
    """The arguments and the variables with which maturin compiles in a destination.

    ``stable`` has the variables of :func:`interpreter.environment`. ``own``: see :func:`_has_own_interpreter`.
    """
    (extension,) = facts.extensions
    arguments, python = replace_target_dir(maturin.compose(extension), destination.directory), None
    if own and destination.place and "PYO3_CONFIG_FILE" not in destination.env:
        python = interpreter.bare(destination.place, facts.target)
    if python:
        arguments = ["--interpreter", python, *arguments]  # what follows "--" is for rustc
    env = interpreter.with_place(stable, destination.env, facts.target, python, os.environ)
    return arguments, {**facts.plan.env, **env}


def _with_profile(facts: Facts) -> Facts:
    """The facts of an editable build with the profile of the settings, unless the build arguments name one."""
    (extension,) = facts.extensions
    values = extension.arguments.values
    if not facts.settings.editable_profile or "--profile" in values:
        return facts
    values = {**values, "--profile": facts.settings.editable_profile}
    return facts._replace(extensions=(extension._replace(arguments=extension.arguments._replace(values=values)),))


def _recording(facts: Facts, stack: ExitStack) -> editable.Rebuild | None:
    from . import editable  # few builds need it

    return stack.enter_context(editable.recording_for(facts))


def _built(facts: Facts, destination: Destination) -> editable.Built:
    """The extension module that an editable build makes: in the source tree, or without Python sources in the wheel."""
    (extension,) = facts.extensions
    assert extension.crate is not None
    stem = maturin.extension_stem(facts.project, extension.crate)
    name = maturin.extension_name(facts.project, extension.crate) if stem else None
    from . import editable

    return editable.Built(extension=extension, name=name, stem=stem, destination=destination)


def _compile(facts: Facts, environ: dict[str, str], *, editable: bool) -> Compile:
    """The call of cargo that maturin makes."""
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
        directory=Path(without_parents(str(root / given))) if given else None,
        elsewhere=config_sets_target_folder(extension, root),
        features=extension.features_and_arguments,
        packs_out_dir=extension.packs_out_dir,
    )
