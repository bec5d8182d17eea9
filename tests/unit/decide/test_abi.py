"""The floors that PyO3 offers."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.decide import abi, pyo3
from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.crate import PyO3
from pyo3_features_backend.model.version import Python

if sys.version_info >= (3, 11):
    pass
else:
    pass


@pytest.mark.parametrize(("version", "highest"), [("0.25.1", (3, 13)), ("0.26.0", (3, 14)), ("99.0", (3, 14))])
def test_a_floor_without_an_effect_is_not_offered(version: str, highest: Python) -> None:
    known = frozenset({"abi3", "abi3-py38", "abi3-py313", "abi3-py314", "macros"})
    dependency = PyO3("pyo3", "pyo3", True, version, known, frozenset(), None, Place("Cargo.toml"))
    assert abi.floors(dependency, pyo3.release_of(version))[-1] == highest
