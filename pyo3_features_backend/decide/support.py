"""Checks whether a release of PyO3 supports a Python, by the limits in its build script (pyo3-ffi's build.rs)."""

from __future__ import annotations

from ..model.target import Target
from ..model.version import Python, version_tuple
from ..model.words import Abi
from . import pyo3
from .abi import Choice
from .case import Case
from .release import Release


def limits(release: Release, target: Target) -> tuple[Python | None, Python]:
    """(the lowest version that ``release`` supports of the target's kind of Python, the target's version).

    For GraalPy both are versions of GraalPy, otherwise versions of Python. None if the kind is not supported.
    """
    if target.implementation == "graalpy":
        return release.graalpy_min, target.implementation_version
    if target.implementation != "cpython":
        return release.pypy_min, target.version
    return release.free_threaded_min if target.free_threaded else release.cpython_min, target.version


def _highest(release: Release, target: Target) -> Python | None:
    """The highest Python that ``release`` supports of the target's kind; None if it has no upper limit."""
    highest = {"graalpy": release.graalpy_python_max, "pypy": release.pypy_max}
    return highest.get(target.implementation, release.cpython_max)


def check_support(case: Case, choice: Choice) -> dict[str, str]:
    """Report a Python that PyO3 does not support; returns the environment variables that its build script needs."""
    dependency, release, target, problems = case.dependency, case.release, case.target, case.problems
    if release is None:
        return {}

    def unsupported(remedies: list[str], which: int) -> dict[str, str]:
        problems.error(
            "PFB140",
            f"PyO3 {dependency.version} does not support {target.label}",
            f"PyO3 {remedies[which]} does" if remedies else "no known release of PyO3 does",
            dependency.place,
        )
        return {}

    def fits_below(other: Release) -> bool:
        lowest, version = limits(other, target)
        return lowest is not None and lowest <= version

    def fits_above(other: Release) -> bool:
        highest = _highest(other, target)
        return highest is None or target.version <= highest

    if not fits_below(release):
        fitting = [other.series for other in pyo3.releases() if fits_below(other) and fits_above(other)]
        return unsupported(fitting, -1)
    # A release without an upper limit is older than a Python above its limit, so do not suggest it.
    checked = [
        other for other in pyo3.releases() if _highest(other, target) and fits_above(other) and fits_below(other)
    ]
    highest = _highest(release, target)
    if highest is None or fits_above(release):
        works = target.implementation != "cpython" or target.version <= (release.works_max or target.version)
        if choice.abi == Abi.VERSION_SPECIFIC and not works:
            return unsupported([other.series for other in checked], 0)
        return {}
    if choice.abi != Abi.VERSION_SPECIFIC:
        variable = pyo3.forward_compatibility_variable(dependency.version)
        return {variable: "1"} if variable else {}
    one_above = target.version == (highest[0], highest[1] + 1)
    if one_above and version_tuple(dependency.version) >= pyo3.ONE_ABOVE_MAXIMUM_WARNS:
        message = f"PyO3 {dependency.version} supports {target.label} only experimentally"
        problems.warning("PFB141", message, "do not publish this wheel")
        return {}
    return unsupported([other.series for other in checked], 0)
