"""What the probe tries: floors, and features of the crate."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.author.probe import candidates
from pyo3_features_backend.author.probe.candidates import CrateFeature
from pyo3_features_backend.model.version import Python

if sys.version_info >= (3, 11):
    pass
else:
    pass


OFFERED = [(3, 9), (3, 10), (3, 11), (3, 12)]


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        ((3, 10), [(3, 10), (3, 11), (3, 12)]),
        ((3, 7), OFFERED),
        (None, OFFERED),
        ((3, 14), [(3, 12)]),
    ],
)
def test_floors_are_tried_from_the_lower_bound_up_to_what_pyo3_offers(
    lower: Python | None, expected: list[Python]
) -> None:
    assert candidates.floors(lower, OFFERED) == expected


def test_crate_features_are_found_by_what_they_turn_on_and_by_their_names() -> None:
    table = {
        "default": ["abi3-by-default"],
        "abi3-by-default": ["py/abi3"],
        "small": ["py/abi3-py39", "py?/abi3-py37"],
        "through": ["small"],
        "limited-api": [],
        "stable_abi": [],
        "abi": [],
        "habit": [],
        "fast": ["serde/abi3", "py/macros"],
    }
    assert candidates.crate_features(table, "py") == [
        CrateFeature("small", (3, 7)),
        CrateFeature("through", (3, 7)),
        CrateFeature("limited-api"),
        CrateFeature("stable_abi"),
        CrateFeature("abi"),
    ]


def test_crate_features_are_found_beside_py_limited_api_and_above_an_error() -> None:
    source = '#[cfg(not(feature = "far"))]\n' + "\n" * 30
    source += '#[cfg(not(feature = "slim"))]\nmod fast {\n    // feature = "word"\n    raw();\n'
    assert candidates.near(source, len(source.splitlines()), ["slim", "far", "word"]) == ["slim"]
    gated = '#[cfg(any(Py_LIMITED_API, feature = "slim", feature = "unknown"))]'
    assert candidates.with_limited_api([source, gated], ["slim", "far"]) == ["slim"]
