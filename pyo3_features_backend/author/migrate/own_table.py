"""The settings in [tool.pyo3-features-backend] that replace what the project hard-codes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Optional

from ...model.version import Python, python_text
from ..sources.feature_graph import FeatureKind
from ..sources.hardcoded import Hardcoded

Floors = tuple[Optional[Python], bool]  # the lowest floor, whether a bare abi3 is there


class OwnTable(NamedTuple):
    """``values`` by key, ``overrides`` as tables."""

    values: dict[str, Any]
    overrides: list[dict[str, Any]]


def wanted(declarations: Sequence[Hardcoded], automatic: Python | None, crate_features: Iterable[str]) -> OwnTable:
    """The settings that keep the meaning of the hard-coded ``declarations``.

    ``automatic`` is the floor that ``abi3 = "auto"`` gives without them (None: no stable ABI), ``crate_features`` are
    the crate's own features that go with the stable ABI.
    """
    values: dict[str, Any] = {}
    words = [
        declaration for declaration in declarations if declaration.kind == FeatureKind.ABI3 and not declaration.through
    ]
    plain = [declaration for declaration in words if declaration.on and not declaration.condition]
    conditional = [declaration for declaration in words if declaration.condition]
    conditional += [
        declaration
        for declaration in declarations
        if declaration.kind == FeatureKind.ABI3 and declaration.through and declaration.condition
    ]
    off = [declaration for declaration in words if not declaration.on]
    floor, bare = _lowest(plain)
    overrides: list[dict[str, Any]] = []
    if conditional and (single := _one_floor(conditional)) and not plain:
        floor = single
    elif conditional:
        overrides = _overrides(conditional, floor)
        values["abi3"] = python_text(floor) if floor else "auto" if bare else "off"
    elif floor is None and not bare:
        # Nothing turns it on, but where it is turned on it declares a floor, which the code may need.
        promised, _ = _lowest(off)
        floor = promised if promised and automatic and promised > automatic else None
    if floor and not overrides and floor != automatic:
        values["abi3"] = python_text(floor)
    elif bare and floor is None and automatic is None and not overrides:
        values["abi3"] = "current"
    threaded = [
        declaration.floor
        for declaration in declarations
        if declaration.kind == FeatureKind.ABI3T and declaration.on and declaration.floor
    ]
    if threaded:
        values["abi3t"] = python_text(min(threaded))
    if names := sorted(set(crate_features)):
        values["abi3-crate-features"] = names
    if values.get("abi3") == "auto":
        del values["abi3"]
    return OwnTable(values, overrides)


def _lowest(declarations: Sequence[Hardcoded]) -> Floors:
    floors = [declaration.floor for declaration in declarations if declaration.floor]
    return min(floors, default=None), any(declaration.floor is None for declaration in declarations)


def _one_floor(conditional: Sequence[Hardcoded]) -> Python | None:
    """The floor, where the conditions mean only that: CPython, from this floor upward."""
    floors = {declaration.floor for declaration in conditional}
    floor = floors.pop()
    if floors or floor is None:
        return None
    for declaration in conditional:
        condition = dict(declaration.condition)
        if condition.get("python-implementation", "cpython").lower() != "cpython":
            return None
        if condition.get("python-version", "").replace(" ", "") not in ("", f">={python_text(floor)}"):
            return None
    return floor


def _overrides(conditional: Sequence[Hardcoded], floor: Python | None) -> list[dict[str, Any]]:
    """An override for each condition, the lowest floor last: PyO3 takes the lowest, and the last override wins."""
    below = [
        declaration for declaration in conditional if floor is None or (declaration.floor and declaration.floor < floor)
    ]
    tables: list[dict[str, Any]] = []
    for declaration in sorted(below, key=lambda declaration: declaration.floor or (99, 0), reverse=True):
        condition = dict(declaration.condition)
        when = {"python-version": condition.get("python-version")}
        when["implementation"] = condition.get("python-implementation", "").lower() or None
        tables.append(
            {
                "if": {key: value for key, value in when.items() if value},
                "abi3": python_text(declaration.floor) if declaration.floor else "current",
            }
        )
    return tables
