"""Where the features of crates lead, and which are on."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources import feature_graph
from pyo3_features_backend.author.sources.feature_graph import FeatureGraph
from pyo3_features_backend.author.sources.manifests import Manifest, read_all
from support.files import write


@pytest.mark.parametrize(
    ("feature", "kind"),
    [
        ("abi3", "abi3"),
        ("abi3-py39", "abi3"),
        ("abi3t", "abi3t"),
        ("abi3t-py315", "abi3t"),
        ("extension-module", "extension-module"),
        ("abi3-py39x", None),
        ("abi4", None),
        ("pyo3/abi3", None),
        ("macros", None),
    ],
)
def test_the_features_that_the_backend_decides(feature: str, kind: str | None) -> None:
    assert feature_graph.kind_of(feature) == kind


def test_what_default_leads_to_is_on_and_the_rest_is_off() -> None:
    table = {"default": ["a"], "a": ["b", "pyo3/abi3"], "b": ["a"], "c": ["b"], "d": []}
    assert feature_graph.closure(table, "a") == {"a", "b", "pyo3/abi3"}
    assert feature_graph.off_by_default(table) == ["c", "d"]
    assert feature_graph.off_by_default({"a": []}) == ["a"]


OUTER = """[package]
name = "outer"
[dependencies]
py = { package = "pyo3", version = "0.30", optional = true }
inner = { path = "inner", default-features = false, features = ["x"] }
other = "1"
[features]
default = ["a"]
a = ["py?/abi3-py39", "inner/y", "other/abi3"]
b = ["a", "b", "py/macros"]
"""
INNER = """[package]
name = "inner"
[dependencies]
pyo3 = "0.30"
[features]
default = ["never"]
x = []
y = ["pyo3/extension-module"]
z = []
never = []
"""


@pytest.fixture
def crates(tmp_path: Path) -> list[Manifest]:
    write(tmp_path, {"Cargo.toml": OUTER, "inner/Cargo.toml": INNER})
    return read_all(tmp_path, [tmp_path / "Cargo.toml"])


def test_a_feature_leads_to_pyo3_through_others_and_through_crates(crates: list[Manifest]) -> None:
    graph, outer = FeatureGraph(crates), crates[0]
    assert list(graph.leads_to(outer, "b")) == [
        ("abi3-py39", ("b", "a")),
        ("extension-module", ("b", "a", "inner/y", "y")),
    ]
    assert list(graph.leads_to(outer, "py/abi3")) == [("abi3", ())]
    assert [list(graph.leads_to(outer, entry)) for entry in ("other/abi3", "dep:py", "none", "py/macros")] == [[]] * 4


@pytest.mark.parametrize(
    ("features", "default", "everything", "outer", "inner"),
    [
        (
            (),
            True,
            False,
            {
                "default",
                "a",
            },
            {"x", "y"},
        ),
        ((), False, False, set(), {"x"}),
        (("inner/z",), False, False, set(), {"x", "z"}),
        ((), False, True, {"default", "a", "b"}, {"x", "y"}),
    ],
)
def test_what_a_build_turns_on(
    features: tuple[str, ...],
    default: bool,
    everything: bool,
    outer: set[str],
    inner: set[str],
    crates: list[Manifest],
) -> None:
    graph = FeatureGraph(crates)
    graph.start(crates[0], features, default=default, everything=everything)
    assert [graph.on[manifest.path] for manifest in crates] == [outer, inner]
