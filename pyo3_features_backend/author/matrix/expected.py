"""The setting ``expect`` for all wheels of a project: what it has to list, and the change of pyproject.toml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...build.gather import Facts
from ...decide.native import NATIVE, is_native
from ...errors import PlanError, ProjectError
from ...facts.project import FILE, Project
from ...model.settings import TABLE
from ..edits.changes import Change, read_text
from ..edits.toml_edit import with_settings
from ..platforms import PLATFORMS
from . import Matrix
from .formats import gaps, ranges

_ELSEWHERE = {platform.system for platform in PLATFORMS.values()}
# An `expect` that is there already must not be in the way of a plan.
WITHOUT = {f"{TABLE}.expect": [""]}


def labels(surveyed: Sequence[Facts], matrix: Matrix) -> list[str]:
    """What ``expect`` has to list so that every Python of ``matrix`` can build: tags, and "native" for a range.

    Raises :class:`PlanError` for a Python that gets no wheel for a reason that the project can correct, and where the
    backend decides no wheel.
    """
    if wrong := [gap for gap in matrix.gaps if gap.mendable]:
        first = wrong[0].problem
        raise PlanError(
            f"{ranges(gap.target for gap in wrong)} would get no wheel, so the list would leave them out",
            place=first.place if first else None,
            hint=gaps(matrix._replace(gaps=tuple(wrong)))[0],
        )
    served = {target for wheel in matrix.wheels for target in wheel.serves}
    found = [
        NATIVE if is_native(facts.settings, facts.target) else facts.plan.label
        for facts in surveyed
        if facts.target in served and facts.plan.wheel
    ]
    if not found:
        message = "no wheel of this project has a plan, so there is nothing to expect"
        raise PlanError(message, hint="`expect` is for extension crates that use PyO3")
    return list(dict.fromkeys(found))


def change(project: Project, wanted: Sequence[str]) -> Change | None:
    """The change of pyproject.toml after which ``expect`` lists ``wanted``; None where it does already, in any order.

    What stays in the list keeps its order. Raises :class:`ProjectError` where an override has an ``expect`` of its own
    (one for a platform that the matrix leaves out may), and where the file cannot be changed so; :class:`BackendError`
    where tomlkit is missing.
    """
    table = project.tool(TABLE)
    for override in table.get("overrides", ()):
        if "expect" in override and override["if"].get("platform") not in _ELSEWHERE:
            place = project.place("tool", TABLE, "overrides")
            message = "an override has an `expect` of its own, which takes precedence over the list of all wheels"
            raise ProjectError(message, place=place, hint="remove it from the override")
    present = table.get("expect", [])
    if set(present) == set(wanted) and len(present) == len(wanted):
        return None
    kept = [label for label in dict.fromkeys(present) if label in wanted]
    path: Path = project.root / FILE
    before = read_text(path, FILE)
    after = with_settings(before, {"expect": [*kept, *(label for label in wanted if label not in kept)]})
    return Change(path=path, shown=FILE, before=before, after=after)
