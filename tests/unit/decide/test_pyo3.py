"""What is known of the releases of PyO3."""

from __future__ import annotations

import pytest

from pyo3_features_backend.decide import pyo3
from pyo3_features_backend.model.version import Python


@pytest.mark.parametrize(
    ("feature", "family", "floor"),
    [
        ("abi3-py39", "abi3", (3, 9)),
        ("abi3-py311", "abi3", (3, 11)),
        ("abi3t-py315", "abi3t", (3, 15)),
        ("abi3t-py315", "abi3", None),
        ("abi3", "abi3", None),
        ("abi3-py3", "abi3", None),
        ("x-abi3-py39", "abi3", None),
    ],
)
def test_the_floor_in_the_name_of_a_feature(feature: str, family: str, floor: Python | None) -> None:
    assert pyo3.feature_floor(feature, family) == floor
    if floor and family == "abi3":
        assert pyo3.abi3_feature(floor) == feature


@pytest.mark.parametrize(
    ("version", "series"),
    [("0.22.6", "0.22"), ("0.22.0-beta.1", "0.22"), ("0.15.2", "0.15"), ("0.1.0", None), ("", None)],
)
def test_the_release_of_a_version(version: str, series: str | None) -> None:
    found = pyo3.release_of(version)
    assert (found and found.series) == series


def test_a_pyo3_that_is_newer_than_the_table_is_taken_for_its_last() -> None:
    assert pyo3.release_of("99.0.0") == pyo3.releases()[-1]


def test_without_a_limit_of_their_own_pypy_and_graalpy_have_that_of_cpython() -> None:
    by_series = {release.series: release for release in pyo3.releases()}
    new, old = by_series["0.26"], by_series["0.25"]
    assert (new.pypy_max, new.graalpy_python_max) == (new.cpython_max, new.cpython_max)
    assert old.cpython_max is not None
    assert old.pypy_max is not None
    assert old.pypy_max < old.cpython_max


@pytest.mark.parametrize(
    ("version", "name"),
    [
        ("0.20.2", None),
        ("0.20.3", "PYO3_USE_ABI3_FORWARD_COMPATIBILITY"),
        ("0.28.3", "PYO3_USE_ABI3_FORWARD_COMPATIBILITY"),
        ("0.29.0", "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY"),
    ],
)
def test_the_variable_that_lets_a_newer_python_pass(version: str, name: str | None) -> None:
    assert pyo3.forward_compatibility_variable(version) == name
