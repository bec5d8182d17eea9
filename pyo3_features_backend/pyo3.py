"""What each PyO3 release supports: data in ``data/*.csv``, read off PyO3's tags, build scripts and changelog.

``tools/refresh_pyo3_data.py`` renews that data from the crates.io index. For the release that a project
resolves, the feature names in ``cargo metadata`` win over the table, so that a newer PyO3 works too.
"""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path
from typing import NamedTuple

_DATA = Path(__file__).parent / "data"

Python = tuple[int, int]


def version_tuple(text: str) -> tuple[int, ...]:
    """The release numbers at the start of a version: ``"0.30.1-beta" -> (0, 30, 1)``."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in found.group().split(".")) if found else ()


def python_text(version: Python) -> str:
    """``(3, 9) -> "3.9"``."""
    return f"{version[0]}.{version[1]}"


def abi3_feature(floor: Python) -> str:
    """PyO3's feature name for a floor: ``(3, 9) -> "abi3-py39"``."""
    return f"abi3-py{floor[0]}{floor[1]}"


def feature_floor(feature: str, family: str = "abi3") -> Python | None:
    """The floor in a feature name: ``"abi3-py311" -> (3, 11)``; None for any other name."""
    found = re.fullmatch(rf"{family}-py(\d)(\d+)", feature)
    return (int(found.group(1)), int(found.group(2))) if found else None


class Release(NamedTuple):
    """A minor release of PyO3; a limit that it does not know or check is None.

    ``graalpy_min`` is GraalPy's own version, ``graalpy_python_max`` the Python that it implements.
    """

    series: str
    msrv: str | None
    cpython_min: Python
    cpython_max: Python | None
    abi3_min: Python
    abi3_max_effective: Python
    pypy_min: Python | None
    pypy_max: Python | None
    graalpy_min: Python | None
    graalpy_python_max: Python | None
    free_threaded_min: Python | None
    abi3t_min: Python | None


def _python(text: str) -> Python | None:
    numbers = version_tuple(text)
    return (numbers[0], numbers[1]) if len(numbers) >= 2 else None


@functools.cache
def releases() -> tuple[Release, ...]:
    """The known minor releases, oldest first."""
    with (_DATA / "pyo3-releases.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Release(
                series=row["pyo3"],
                msrv=row["msrv"] or None,
                cpython_min=_python(row["cpython_min"]) or (3, 6),
                cpython_max=_python(row["cpython_max"]),
                abi3_min=_python(row["abi3_min"]) or (3, 6),
                abi3_max_effective=_python(row["abi3_max_effective"]) or (3, 9),
                pypy_min=_python(row["pypy_min"]),
                # Empty from 0.26 on: since then the limit at the top is CPython's (pyo3-ffi's build.rs).
                pypy_max=_python(row["pypy_max"]) or _python(row["cpython_max"]),
                graalpy_min=_python(row["graalpy_min"]),
                graalpy_python_max=_python(row["graalpy_python_max"]) or _python(row["cpython_max"]),
                free_threaded_min=_python(row["free_threaded_min"]),
                abi3t_min=_python(row["abi3t_min"]),
            )
            for row in csv.DictReader(file)
        )


def release_of(version: str) -> Release | None:
    """The release that ``version`` belongs to; the newest known one for a newer PyO3; None for an older."""
    wanted = version_tuple(version)[:2]
    known = releases()
    for release in known:
        if version_tuple(release.series) == wanted:
            return release
    return known[-1] if wanted > version_tuple(known[-1].series) else None


@functools.cache
def feature_history() -> dict[str, tuple[str, str | None]]:
    """Feature name -> (first release that has it, last one, or None while it still exists)."""
    with (_DATA / "pyo3-features.csv").open(encoding="utf-8", newline="") as file:
        return {row["feature"]: (row["first"], row["last"] or None) for row in csv.DictReader(file)}


# PyO3 changelog and shared build-script behaviour, as (major, minor, patch).
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
