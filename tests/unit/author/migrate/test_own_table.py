"""The settings that replace hard-coded features, by value."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.migrate import own_table
from pyo3_features_backend.author.sources.hardcoded import Hardcoded
from pyo3_features_backend.errors import Place

PYO3 = ("dependencies", "pyo3", "features")


def abi3(floor: tuple[int, int] | None = None, **more: object) -> Hardcoded:
    word = f"abi3-py3{floor[1]}" if floor else "abi3"
    return Hardcoded("abi3", word, "dependency", Place("Cargo.toml", 3), PYO3, floor)._replace(**more)  # type: ignore[arg-type]


def given(**condition: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"python-{key}", value) for key, value in condition.items())


NEWER = given(version=">=3.11")


OLDER = given(version="<3.11", implementation="CPython")


@pytest.mark.parametrize(
    ("found", "automatic", "values"),
    [
        ([], (3, 9), {}),
        ([abi3((3, 9))], (3, 9), {}),
        ([abi3((3, 11))], (3, 9), {"abi3": "3.11"}),
        ([abi3((3, 8))], (3, 9), {"abi3": "3.8"}),  # the author's promise, and what the wheels are today
        ([abi3((3, 8)), abi3((3, 11))], (3, 9), {"abi3": "3.8"}),
        ([abi3((3, 9))], None, {"abi3": "3.9"}),
        ([abi3()], (3, 9), {}),
        ([abi3()], None, {"abi3": "current"}),
        ([abi3((3, 11), on=False)], (3, 9), {"abi3": "3.11"}),
        ([abi3((3, 8), on=False)], (3, 9), {}),
        ([abi3((3, 11), on=False)], None, {}),
        ([abi3((3, 11), on=False), abi3((3, 10))], (3, 9), {"abi3": "3.10"}),
        ([abi3((3, 11), condition=NEWER)], (3, 9), {"abi3": "3.11"}),
        ([abi3((3, 9), condition=given(implementation="CPython"))], (3, 9), {}),
        ([abi3((3, 15), kind="abi3t", feature="abi3t-py315")], (3, 9), {"abi3t": "3.15"}),
    ],
)
def test_a_floor_that_the_automatic_one_would_not_be_is_kept(
    found: list[Hardcoded], automatic: tuple[int, int] | None, values: dict[str, str]
) -> None:
    assert own_table.wanted(found, automatic, []) == own_table.OwnTable(values, [])


def test_conditions_that_say_more_than_a_floor_become_overrides_the_lowest_floor_last() -> None:
    table = own_table.wanted([abi3((3, 8), condition=OLDER), abi3((3, 11), condition=NEWER)], (3, 8), ["b", "a"])
    assert table.values == {"abi3": "off", "abi3-crate-features": ["a", "b"]}
    assert table.overrides == [
        {"if": {"python-version": ">=3.11"}, "abi3": "3.11"},
        {"if": {"python-version": "<3.11", "implementation": "cpython"}, "abi3": "3.8"},
    ]
    lower = own_table.wanted([abi3((3, 10)), abi3((3, 8), condition=OLDER), abi3((3, 11), condition=NEWER)], None, [])
    assert (lower.values, [one["abi3"] for one in lower.overrides]) == ({"abi3": "3.10"}, ["3.8"])
