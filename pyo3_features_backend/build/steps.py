"""What the builds through both delegates share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import NAME, DelegateError, PlanError, render, say
from .gather import Facts
from ..model.settings import ConfigSettings

if TYPE_CHECKING:  # imported once there is something to compile
    from ..rebuild.engine import Room
    from ..rebuild.session import Python


def stop_on_errors(facts: Facts, *, quiet: bool) -> None:
    """Raise the plan's first error as :class:`PlanError`; say its warnings unless ``quiet``."""
    for problem in facts.plan.problems:
        if problem.severity == "error":
            raise PlanError(f"{problem.message} [{problem.code}]", place=problem.place, hint=problem.hint)
        if not quiet:
            say(render("warning", f"{problem.message} [{problem.code}]", problem.place, problem.hint))


def stale_extension(facts: Facts, stem: Path | None) -> None:
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


def failure(facts: Facts, delegate: str) -> tuple[str, str]:
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


class Hook(NamedTuple):
    """A hook of a delegate, with its arguments."""

    name: str
    directory: str
    config_settings: ConfigSettings | None
    metadata_directory: str | None

    @property
    def editable(self) -> bool:
        return self.name == "build_editable"


class NoRoom(Exception):
    """The compile failed for want of room beneath the compile cache."""


@contextmanager
def once_more_without(room: Room) -> Iterator[None]:
    """A compile in the block that fails because the disk is full raises :class:`NoRoom`."""
    try:
        yield
    except DelegateError:
        if not room.is_full():
            raise
        say(f"{NAME}: there is no room left beneath {room.cache}; once more without the compile cache")
        raise NoRoom from None


def python_of(facts: Facts, *, programs: bool) -> Python:
    """Which Python the compile of a build is for: any, if nothing in it can tell. ``programs`` says that a program is
    built, too.
    """
    from ..rebuild import interpreter, python
    from ..rebuild.session import Python

    graphs = [crate.graph for crate in facts.crates if crate and crate.graph]
    used = [crate.pyo3.version for crate in facts.crates if crate and crate.pyo3]
    given = os.environ.get("PYO3_CONFIG_FILE") or facts.triple
    if not given and not python.is_seen_by(graphs):
        if not used:
            return Python("any", "")
        alike = len(set(used)) == 1 and all(plan is None or plan.abi == facts.plan.abi for plan in facts.plans)
        if alike and facts.plan.floor and python.can_be_constant(facts.plan.abi, extension_only=not programs):
            return Python("abi3", "", (facts.plan.floor, facts.target.pointer_width, used[0]))
    named = os.environ.get("PYO3_PYTHON") or interpreter.base(facts.target) or facts.target.executable
    identity = f"{interpreter.signature(facts.target)} {named} {facts.target.platform} {facts.triple}"
    return Python(facts.target.wheel_tag[1].lower(), identity)
