"""One build: gather the facts, decide, let the delegate compile, verify."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import crates, gather, identity
from .delegates import maturin, setuptools_rust
from .delegates.arguments import clean_flags, uncompared
from .errors import NAME, BackendError, DelegateError, PlanError, render, say
from .gather import Facts, Start
from .graph import Graph
from .settings import ConfigSettings

if TYPE_CHECKING:  # imported while cargo reads the graph
    from .reuse import Reuse
    from .target_folder import Work


def _stop_on_errors(facts: Facts, *, quiet: bool) -> None:
    for problem in facts.plan.problems:
        if problem.severity == "error":
            raise PlanError(f"{problem.message} [{problem.code}]", place=problem.place, hint=problem.hint)
        if not quiet:
            say(render("warning", f"{problem.message} [{problem.code}]", problem.place, problem.hint))


def _stale_extension(facts: Facts, stem: Path | None) -> None:
    """An older extension file of the module that would win over the new one at import is an error."""
    if stem is None or facts.plan.wheel is None:
        return
    suffixes = facts.target.suffixes
    ours = next((at for at, suffix in enumerate(suffixes) if ".abi3" in suffix), len(suffixes))
    for suffix in suffixes[: ours if facts.plan.abi != "version-specific" else 0]:
        old = stem.with_name(stem.name + suffix)
        if old.is_file():
            raise DelegateError(
                f"{old} is an older build of {stem.name} and would win over the new one at import",
                hint=f'remove it: python -c "import os; os.remove({str(old)!r})"',
            )


def _failure(facts: Facts, delegate: str) -> tuple[str, str]:
    """(what failed, what to do) for a compile that fails."""
    failed = f"{delegate} could not build {facts.plan.label}"
    if facts.plan.floor and any("abi3" in feature for feature in facts.plan.features):
        floor = f"{facts.plan.floor[0]}.{facts.plan.floor[1]}"
        return (
            f"{failed} with the abi3 floor {floor} ({facts.plan.reason})",
            f"if the code needs more than the limited API of {floor}, set a higher floor in "
            f'[tool.{NAME}], such as abi3 = "3.11", or abi3 = "off"',
        )
    return failed, f"{delegate}'s and cargo's own messages are above"


def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable one (PEP 660); returns its file name."""
    begun = gather.start(Path.cwd(), config_settings)
    hook = _Hook("build_editable" if editable else "build_wheel", wheel_directory, config_settings, metadata_directory)
    make = _maturin_wheel if begun.delegate == "maturin" else _setuptools_wheel
    try:
        name, facts = make(begun, hook, cache=True)
    except _NoRoom:
        name, facts = make(begun, hook, cache=False)
    from . import verify

    wheel = Path(wheel_directory, name)
    try:
        if "tags" in facts.settings.verify:
            verify.tags(wheel, facts.plan)
        if "import" in facts.settings.verify and not editable:
            verify.imports(wheel, facts.target)
    except BackendError:
        wheel.unlink()
        raise
    return name


class _Hook(NamedTuple):
    """A hook of a delegate, with its arguments."""

    name: str
    directory: str
    config_settings: ConfigSettings | None
    metadata_directory: str | None

    @property
    def editable(self) -> bool:
        return self.name == "build_editable"


class _NoRoom(Exception):
    """The compile failed for want of room beneath the compile cache."""


@contextmanager
def _once_more_without(reuse: Reuse) -> Iterator[None]:
    try:
        yield
    except DelegateError:
        if not reuse.full():
            raise
        say(f"{NAME}: there is no room left beneath {reuse.cached}; once more without the compile cache")
        raise _NoRoom from None


def _while_cargo_reads() -> None:
    """Imports that cost as much as the rest of ours together, where nobody waits for them."""
    for name in ("reuse", "verify"):
        importlib.import_module(f".{name}", __package__)
    for name in ("filelock", "platformdirs"):
        importlib.import_module(name)


def _maturin_wheel(begun: Start, hook: _Hook, *, cache: bool) -> tuple[str, Facts]:
    facts = gather.for_maturin(begun.project, hook.config_settings, None, _while_cargo_reads)
    _stop_on_errors(facts, quiet=False)
    crate, arguments = facts.crate, facts.arguments
    assert arguments is not None
    if hook.editable and crate:
        _stale_extension(facts, maturin.extension_stem(facts.project, crate))
    say(gather.summary(facts))
    failed, hint = _failure(facts, "maturin")
    stable = identity.environment(facts.target, os.environ)
    from . import reuse

    choice = reuse.Reuse(facts.project.root, facts.project.name, cache=cache)
    with gather.rust(), _once_more_without(choice):
        work = reuse.work(
            [one.graph for one in facts.crates if one and one.graph],
            facts.rustc,
            {**os.environ, **facts.plan.env},
            profiles=(maturin.profile(facts.project, arguments, editable=hook.editable),),
            triple=facts.triple,
            flags=clean_flags(arguments, facts.project.maturin),
            arguments=uncompared(arguments),
        )
        with choice.folder(facts.settings, work, arguments.values.get("--target-dir")) as env:
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


def _setuptools_work(facts: Facts, distribution: setuptools_rust.Distribution) -> Work | None:
    """The compile of a finalised distribution; None where one of its crates cannot be read (cargo will say so)."""
    from . import reuse

    environ = dict(os.environ)
    graphs: list[Graph] = []
    flags: list[str] = []
    uncompared_: list[str] = []
    for one, crate in zip(distribution.extensions, facts.crates):
        environ.update(one.env or {})
        flags += [flag for flag in clean_flags(one.arguments, {}) if flag not in flags]
        uncompared_ += uncompared(one.arguments)
        graph = crate.graph if crate else None
        if graph is None and (one.program or not one.optional):
            try:
                found = crates.read(facts.project.root, one.manifest, clean_flags(one.arguments, {}), env=one.env)
            except BackendError:
                return None
            graph = found.graph
        if graph:
            graphs.append(graph)
    return reuse.work(
        graphs,
        facts.rustc,
        {**environ, **facts.plan.env},
        profiles=tuple(
            dict.fromkeys(
                one.arguments.values.get("--profile", "")
                for one in distribution.extensions
                if one.arguments.values.get("--profile")
            )
        )
        or ("release", "dev"),
        triple=facts.triple,
        flags=flags,
        arguments=uncompared_,
    )


def _setuptools_wheel(begun: Start, hook: _Hook, *, cache: bool) -> tuple[str, Facts]:
    from . import reuse
    from .delegates import setuptools_commands, setuptools_session

    choice = reuse.Reuse(begun.project.root, begun.project.name, cache=cache)

    decided: list[Facts] = []
    read: list[setuptools_rust.Distribution] = []
    folders = ExitStack()

    def decide(distribution: setuptools_rust.Distribution, command: Any) -> setuptools_rust.Instruction:
        facts = gather.for_setuptools(begun, distribution, hook.config_settings)
        decided.append(facts)
        read.append(distribution)
        _stop_on_errors(facts, quiet=False)
        if hook.editable:
            for one in distribution.extensions:
                if not one.program:
                    _stale_extension(facts, setuptools_commands.source_stem(command, one.name))
        else:
            setuptools_commands.remove_older(command)
        say(gather.summary(facts))
        session.failed, session.hint = _failure(facts, "setuptools-rust")
        env = identity.environment(facts.target, os.environ)
        if work := _setuptools_work(facts, distribution):
            explicit = (one.arguments.values.get("--target-dir") for one in distribution.extensions)
            given = next((folder for folder in explicit if folder), None)
            env.update(folders.enter_context(choice.folder(facts.settings, work, given)))
        here = facts.target.executable and not facts.target.cross_triple
        instruction = setuptools_rust.instruction(facts.plan, facts.plans, None if here else facts.target)
        return instruction._replace(env={**instruction.env, **env})

    session = setuptools_session.Session(begun.project, hook.config_settings, decide)
    with _once_more_without(choice), folders:
        name = setuptools_session.hook(
            hook.name, session, hook.directory, hook.config_settings, hook.metadata_directory
        )
    if not hook.editable:
        _present(Path(hook.directory, name), read[0].extensions)
    return name, decided[0]


def _present(wheel: Path, extensions: Iterable[setuptools_rust.Extension]) -> None:
    """Each extension is in the wheel once; an optional one may be missing, and then we say so."""
    from . import verify

    for one in extensions:
        if one.program:
            continue
        try:
            found = verify.extension_files(wheel, one.name)
            if len(found) > 1:
                raise DelegateError(
                    f"{wheel.name} holds {one.name} {len(found)} times: {', '.join(found)}",
                    hint="remove the build folder and older extension files from the source tree",
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


def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info (with maturin also the planned tag); returns its folder's name."""
    begun = gather.start(Path.cwd(), config_settings)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    if begun.delegate != "maturin":
        from .delegates import setuptools_session

        session = setuptools_session.Session(begun.project, config_settings, None)
        return setuptools_session.hook(name, session, metadata_directory, config_settings)
    facts = gather.for_maturin(begun.project, config_settings)
    _stop_on_errors(facts, quiet=True)
    with gather.rust():
        return maturin.hook(
            name,
            metadata_directory,
            facts.passed,
            env=facts.plan.env,
            failed="maturin could not write the metadata",
            hint="its own messages are above",
        )


def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; the plan plays no part in it, but broken settings are an error here too."""
    begun = gather.start(Path.cwd(), config_settings)
    if begun.delegate != "maturin":
        from .delegates import setuptools_session

        session = setuptools_session.Session(begun.project, config_settings, None)
        return setuptools_session.hook("build_sdist", session, sdist_directory, config_settings)
    with gather.rust():
        return maturin.hook(
            "build_sdist",
            sdist_directory,
            None,
            env={},
            failed="maturin could not make the sdist",
            hint="its own messages are above",
        )
