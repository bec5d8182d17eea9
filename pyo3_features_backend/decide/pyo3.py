"""What each PyO3 release supports, according to PyO3's tags, build scripts and changelog.

``tools/refresh_pyo3_data.py`` updates the tables (:mod:`.releases`, :mod:`.features`). For the PyO3 that a project
resolves, the feature names in ``cargo metadata`` win over the tables, so a newer PyO3 works too.
"""

from __future__ import annotations

import functools
import re

from ..model.version import Python, version_tuple
from .release import Release
from .releases import RELEASES


def abi3_feature(floor: Python) -> str:
    """PyO3's feature name for a floor: ``(3, 9) -> "abi3-py39"``."""
    return f"abi3-py{floor[0]}{floor[1]}"


def feature_floor(feature: str, family: str = "abi3") -> Python | None:
    """The floor in a feature name: ``"abi3-py311" -> (3, 11)``; None for any other name."""
    match = re.fullmatch(rf"{family}-py(\d)(\d+)", feature)
    return (int(match.group(1)), int(match.group(2))) if match else None


@functools.cache
def releases() -> tuple[Release, ...]:
    """The known minor releases, oldest first."""
    # From 0.26 on PyPy and GraalPy have no limit of their own, and CPython's applies (pyo3-ffi's build.rs).
    return tuple(
        release._replace(
            pypy_max=release.pypy_max or release.cpython_max,
            graalpy_python_max=release.graalpy_python_max or release.cpython_max,
        )
        for release in RELEASES
    )


def release_of(version: str) -> Release | None:
    """The release of ``version``: the newest known one for a newer PyO3, and None for an older PyO3."""
    series = version_tuple(version)[:2]
    known = releases()
    for release in known:
        if version_tuple(release.series) == series:
            return release
    return known[-1] if series > version_tuple(known[-1].series) else None


# Versions as (major, minor, patch), from the PyO3 changelog and build scripts.
EXTENSION_MODULE_BY_ENVIRONMENT = (0, 26)  # PYO3_BUILD_EXTENSION_MODULE
ABI3T_WORKS = (0, 29, 1)  # 0.29.0 mis-handles free-threaded targets
INVENTORY_ON_WASM = (0, 3, 16)  # the first whose source registers on Emscripten and WASI
ONE_ABOVE_MAXIMUM_WARNS = (0, 28)  # experimental support for the next minor


def forward_compatibility_variable(version: str) -> str | None:
    """The environment variable that lets a stable-ABI build pass PyO3's "Python is too new" check, if any."""
    numbers = version_tuple(version)
    if numbers >= (0, 29):
        return "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY"
    return "PYO3_USE_ABI3_FORWARD_COMPATIBILITY" if numbers >= (0, 20, 3) else None
