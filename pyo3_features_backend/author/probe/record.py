"""The result of a probe, written to [tool.pyo3-features-backend]; formatting and comments of the file stay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...decide.abi import setting_floor
from ...errors import Place, ProjectError
from ...facts import toml
from ...facts.project import FILE
from ...model.settings import TABLE
from ...model.version import python_text
from ..edits.toml_edit import Value, with_settings
from ..edits.write import replace

if TYPE_CHECKING:
    from .result import ProbeResult

_MARK = "pyo3-features probe: "


def changes(result: ProbeResult) -> dict[str, Value]:
    """The settings that make builds use the result; empty if they do already."""
    if not result.floor and result.inconclusive:
        return {}
    table = result.facts.project.table.get("tool", {}).get(TABLE, {})
    values: dict[str, Value] = {}
    floor = python_text(result.floor) if result.floor else "off"
    present = table.get("abi3", "auto")
    if isinstance(present, dict):
        values.update(_in_table(result, present))
    elif present != floor and not (present == "auto" and result.floor and result.floor == result.auto):
        values["abi3"] = floor
    if result.floor and list(result.crate_features) != table.get("abi3-crate-features", []):
        values["abi3-crate-features"] = list(result.crate_features)
    return values


def _in_table(result: ProbeResult, present: dict[str, str]) -> dict[str, Value]:
    """What to write where `abi3` has a range of native Pythons: the author chose the floor above it, so it stays unless
    the code does not compile at it.
    """
    if result.floor is None:
        return {"abi3": "off"}
    declared = setting_floor(present["floor"]) or result.auto
    if declared and declared >= result.floor:
        return {}
    return {"abi3": {**present, "floor": python_text(result.floor)}}


def comment(result: ProbeResult) -> str:
    """The reason in one line: the highest floor below the result, and why it failed."""
    failed = [attempt for attempt in result.tried if attempt.failure]
    plain = [attempt for attempt in failed if not attempt.crate_features] or failed
    if not plain or not plain[-1].failure:
        return f"{_MARK}compiles and imports"
    last, failure = plain[-1], plain[-1].failure
    what = "fails" if not last.compiles else "does not import"
    where = f" at {failure.place} ({failure.subject})" if failure.place else f" ({failure.subject})"
    return f"{_MARK}{python_text(last.floor)} {what}{where}"


def write(path: Path, result: ProbeResult) -> dict[str, Value]:
    """Record the floor in the pyproject.toml at ``path``, atomically; returns what was written, nothing if the file
    has it already. Raises :class:`ProjectError`, or :class:`BackendError` if tomlkit is missing.
    """
    values = changes(result)
    if values:
        _, before = toml.read(path.resolve(), FILE)
        after = with_settings(before, values, comment(result), _MARK)
        try:
            replace(path, after)
        except OSError as error:
            raise ProjectError(f"cannot be written: {error.strerror}", place=Place(FILE)) from None
    return values
