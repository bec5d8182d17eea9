"""Compares built wheels with the matrix: which are missing, superfluous, or have another tag."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ...model.problem import Problem
from ...model.target import Target
from ...model.wheel_codes import AUDIT
from . import Matrix, Wheel
from .compare import parsed_name
from .formats import ranges
from .tags import serves

_BUILD = "build it as planned: `pyo3-features matrix` says with which Python"


def problems(matrix: Matrix, names: Iterable[str], project: str) -> list[Problem]:
    """Compare the wheels ``names`` of ``project`` with ``matrix``, for each platform that has one of them.

    Raises :class:`BackendError` for an invalid name, and for a wheel of another project.
    """
    platforms: dict[str, list[str]] = {}
    for name in names:
        _, label, platform = parsed_name(name, project)
        platforms.setdefault(platform, []).append(label)
    planned = {target: wheel for wheel in matrix.wheels for target in wheel.serves}
    found = []
    for platform, labels in sorted(platforms.items()):
        given = list(dict.fromkeys(labels))
        found += _missing(matrix, platform, given)
        for label in given:
            if label not in [wheel.label for wheel in matrix.wheels]:
                found += [_unplanned(label, platform, given, planned)]
    return found


def _missing(matrix: Matrix, platform: str, given: Sequence[str]) -> list[Problem]:
    found = []
    for wheel in matrix.wheels:
        left_out = [target for target in wheel.serves if not any(serves(label, target) for label in given)]
        if left_out:
            message = f"{platform} has no {wheel.label}, which serves {ranges(left_out)}"
            found.append(_problem("PFB360", message, _BUILD))
        elif wheel.label not in given and (instead := _fallback(matrix, wheel, given)):
            message = f"{platform} has no {wheel.label}; {ranges(wheel.serves)} would get {instead}"
            found.append(_problem("PFB363", message, _BUILD))
    return found


def _fallback(matrix: Matrix, wheel: Wheel, given: Sequence[str]) -> str | None:
    """The planned wheel that installers take in place of ``wheel``, which is missing.

    None where it takes the place of all such wheels: then the platform is meant to have no other.
    """
    present = [other for other in matrix.wheels if other.label in given]
    for other in present:
        replaced = matrix.fallback(other)
        if {*wheel.serves} <= {*replaced} and any({*each.serves} <= {*replaced} for each in present):
            return other.label
    return None


def _unplanned(label: str, platform: str, given: Sequence[str], planned: Mapping[Target, Wheel]) -> Problem:
    """What is wrong with a tag that the matrix does not have."""
    takes = [target for target in planned if serves(label, target)]
    wheels = list(dict.fromkeys(planned[target].label for target in takes))
    if not takes:
        message = f"{platform} has {label}, which serves no Python that the project supports"
        return _problem("PFB362", message, "publish it only if that is intended")
    if set(wheels) <= set(given):
        message = f"{platform} has {label}, but {' and '.join(wheels)} serves the same Pythons: {ranges(takes)}"
        return _problem("PFB362", message, "do not build it")
    message = f"{platform} has {label} for {ranges(takes)}; the plan has {' and '.join(wheels)}"
    return _problem("PFB361", message, _BUILD)


def _problem(code: str, message: str, hint: str) -> Problem:
    return Problem(code=code, severity=AUDIT[code].severity, message=message, place=None, hint=hint)
