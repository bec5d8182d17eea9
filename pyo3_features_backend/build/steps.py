"""What the builds through both delegates share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ..errors import NAME, DelegateError, PlanError, render, say
from ..model.settings import ConfigSettings
from ..model.version import python_text
from ..model.words import Abi, Severity
from .gather import Facts

if TYPE_CHECKING:  # imported once there is something to compile
    from ..rebuild.engine import Room
    from ..rebuild.session import Python

T = TypeVar("T")


def tell(text: str) -> None:
    """Write a line about the build to stderr."""
    say(f"{NAME}: {text}")


def stop_on_errors(facts: Facts, *, quiet: bool) -> None:
    """Raise the plan's first error as :class:`PlanError`; say the warnings unless ``quiet``."""
    for one in () if quiet else facts.warnings:
        say(render(Severity.WARNING, one.message, one.place, one.hint))
    for problem in facts.plan.problems:
        if problem.severity == Severity.ERROR:
            raise PlanError(f"{problem.message} [{problem.code}]", place=problem.place, hint=problem.hint)
        if not quiet:
            say(render(Severity.WARNING, f"{problem.message} [{problem.code}]", problem.place, problem.hint))


def stale_extension(facts: Facts, stem: Path | None) -> None:
    """An older extension file of the module that would win over the new one at import is an error."""
    if stem is None or facts.plan.wheel is None:
        return
    suffixes = facts.target.suffixes
    ours = next((at for at, suffix in enumerate(suffixes) if ".abi3" in suffix), len(suffixes))
    for suffix in suffixes[: ours if facts.plan.abi != Abi.VERSION_SPECIFIC else 0]:
        old = stem.with_name(stem.name + suffix)
        if old.is_file():
            raise DelegateError(
                f"{old} is an older build of {stem.name} and would win over the new one at import",
                hint=f'remove it: python -c "import os; os.remove({str(old)!r})"',
            )


def failure(facts: Facts, delegate: str) -> DelegateError:
    """The error of a compile that fails."""
    failed = f"{delegate} could not build {facts.plan.label}"
    if facts.plan.floor and any("abi3" in feature for feature in facts.plan.features):
        floor = python_text(facts.plan.floor)
        return DelegateError(
            f"{failed} with the abi3 floor {floor} ({facts.plan.reason})",
            hint=f"if the code needs more than the limited API of {floor}, set a higher floor in "
            f'[tool.{NAME}], such as abi3 = "3.11", or abi3 = "off"',
        )
    return DelegateError(failed, hint=f"{delegate}'s and cargo's own messages are above")


class Hook(NamedTuple):
    """A hook of a delegate, with its arguments."""

    name: str
    directory: str
    config_settings: ConfigSettings | None
    metadata_directory: str | None = None

    @property
    def editable(self) -> bool:
        return self.name == "build_editable"


def once_more(room: Room, compiled: Callable[[bool], T]) -> T:
    """What ``compiled(True)`` gives; where that fails because the disk of the compile cache is full, what
    ``compiled(False)`` gives without the cache.
    """
    try:
        return compiled(True)
    except DelegateError:
        if not room.is_full():
            raise
    say(f"{NAME}: there is no room left beneath {room.cache}; once more without the compile cache")
    return compiled(False)


def python_of(facts: Facts, *, programs: bool) -> Python:
    """Which Python the compile of a build is for: any, if nothing in it can tell. ``programs`` says that a program is
    built, too.
    """
    from ..rebuild import interpreter, python
    from ..rebuild.session import Python

    graphs = [crate.graph for crate in facts.crates if crate.graph]
    used = [crate.pyo3.version for crate in facts.crates if crate.pyo3]
    given = os.environ.get("PYO3_CONFIG_FILE") or facts.triple
    if not given and not python.is_seen_by(graphs):
        if not used:
            return Python("any", "")
        alike = len(set(used)) == 1 and all(
            one.plan is None or one.plan.abi == facts.plan.abi for one in facts.extensions
        )
        if alike and facts.plan.floor and python.can_be_constant(facts.plan.abi, extension_only=not programs):
            return Python("abi3", "", (facts.plan.floor, facts.target.pointer_width, used[0]))
    named = os.environ.get("PYO3_PYTHON") or interpreter.base(facts.target) or facts.target.executable
    identity = f"{interpreter.signature(facts.target)} {named} {facts.target.platform} {facts.triple}"
    return Python(facts.target.wheel_tag[1].lower(), identity)


@contextmanager
def locks_as_they_were(manifests: Iterable[Path]) -> Iterator[None]:
    """Undo what `cargo metadata` does to a Cargo.lock beside a manifest, or above it in its workspace.

    It writes one where there is none, and brings one up to date that disagrees with Cargo.toml.
    """
    folders = {folder for manifest in manifests for folder in list(manifest.parents)[:6]}
    locks = [folder / "Cargo.lock" for folder in folders]
    before = {lock: lock.read_bytes() if lock.is_file() else None for lock in locks}
    try:
        yield
    finally:
        for lock, content in before.items():
            if content is None:
                lock.unlink(missing_ok=True)
            elif lock.read_bytes() != content:
                lock.write_bytes(content)
