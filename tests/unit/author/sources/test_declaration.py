"""A hard-coded word as a value."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.sources.declaration import Entry, Hardcoded, Origin
from pyo3_features_backend.author.sources.feature_graph import FeatureKind
from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.version import Python

PLACE = Place("Cargo.toml", 4)
ENTRY = Entry("fast", Origin.CRATE_FEATURE, PLACE, ("features", "default"), False, "demo", (("python-version", ">3"),))


@pytest.mark.parametrize(
    ("feature", "kind", "floor"),
    [
        ("abi3-py310", FeatureKind.ABI3, (3, 10)),
        ("abi3", FeatureKind.ABI3, None),
        ("abi3t-py315", FeatureKind.ABI3T, (3, 15)),
        ("extension-module", FeatureKind.EXTENSION_MODULE, None),
    ],
)
def test_an_entry_declares_what_it_leads_to_and_stays_as_it_is_written(
    feature: str, kind: FeatureKind, floor: Python | None
) -> None:
    assert ENTRY.declares(feature, ("fast",)) == Hardcoded(kind, *ENTRY[:4], floor, False, ("fast",), *ENTRY[5:])


def test_py_limited_api_is_abi3_with_a_floor_if_it_names_one() -> None:
    limited = ENTRY._replace(feature="cp39", on=True, condition=())
    assert limited.limits_the_api((3, 9)) == Hardcoded(FeatureKind.ABI3, *limited[:4], (3, 9), owner="demo")
    assert limited.limits_the_api().floor is None


def test_the_name_is_pyo3s_own_without_the_dependency() -> None:
    names = [ENTRY._replace(feature=word).declares("abi3").name for word in ("pyo3/abi3-py39", "py?/abi3", "abi3")]
    assert names == ["abi3-py39", "abi3", "abi3"]
    assert (ENTRY.declares("abi3").file, ENTRY.declares("abi3").line) == ("Cargo.toml", 4)
