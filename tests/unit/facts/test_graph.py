"""The graph of a build in an answer of cargo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.facts import graph
from pyo3_features_backend.model.graph import Local, Script


def test_the_closure_of_a_circle_comes_to_an_end() -> None:
    edges = {"a": ["b"], "b": ["c", "a"], "c": [], "d": ["a"]}
    assert graph.closure(["a"], edges.__getitem__) == {"a", "b", "c"}
    assert graph.closure(["d"], edges.__getitem__) == {"a", "b", "c", "d"}
    assert graph.closure([], edges.__getitem__) == set()


def package(folder: Path, name: str, source: str | None, *targets: str) -> dict[str, Any]:
    kinds = [{"name": f"{name}-{kind}", "kind": [kind], "src_path": f"{folder / name / kind}.rs"} for kind in targets]
    manifest = str(folder / name / "Cargo.toml")
    return {"id": name, "name": name, "version": "1.0", "source": source, "manifest_path": manifest, "targets": kinds}


@pytest.fixture
def metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """own -> part, published, vendored; published -> patched, deep; "unused" is in the workspace only."""
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    edges = {"own": ["part", "published", "vendored"], "published": ["patched", "deep"]}
    packages = [
        package(tmp_path, "own", None, "cdylib", "bin", "custom-build", "test"),
        package(tmp_path, "part", None, "proc-macro"),
        package(tmp_path, "patched", None, "lib"),
        package(tmp_path, "unused", None, "custom-build"),
        package(
            tmp_path / "cargo" / "registry" / "src", "published", "registry+x", "lib", "custom-build", "proc-macro"
        ),
        package(tmp_path / "cargo" / "git" / "checkouts", "deep", "git+x", "lib"),
        package(tmp_path / "cargo" / "vendor", "vendored", "registry+x", "lib"),
    ]
    nodes = [{"id": one["id"], "dependencies": edges.get(one["id"], [])} for one in packages]
    resolve = {"nodes": nodes, "root": "own"}
    folders = {"target_directory": str(tmp_path / "target"), "workspace_root": str(tmp_path)}
    return {"packages": packages, "resolve": resolve, **folders}


NEEDED = ["own", "part", "patched", "published", "deep", "vendored"]


def test_what_the_user_can_edit_is_told_from_what_cargo_fetched(metadata: dict[str, Any], tmp_path: Path) -> None:
    found = graph.of_metadata(metadata, NEEDED, tmp_path / "own" / "Cargo.toml")
    assert found.local == (
        Local("own", tmp_path / "own", False),
        Local("part", tmp_path / "part", False),
        Local("patched", tmp_path / "patched", False, hidden=True),
        Local("vendored", tmp_path / "cargo" / "vendor" / "vendored", True),
    )
    assert (found.libraries, found.programs) == (("own_cdylib",), ("own_bin",))
    assert found.build_directory == found.target_directory == tmp_path / "target"
    newer = {**metadata, "build_directory": str(tmp_path / "build")}
    assert graph.of_metadata(newer, NEEDED, tmp_path / "Cargo.toml").build_directory == tmp_path / "build"


def test_the_scripts_are_those_of_needed_packages_and_the_macros_of_local_ones(
    metadata: dict[str, Any], tmp_path: Path
) -> None:
    found = graph.of_metadata(metadata, NEEDED, tmp_path / "own" / "Cargo.toml")
    assert found.scripts == (
        Script("own", "build-script", tmp_path / "own" / "custom-build.rs", True),
        Script("part", "proc-macro", tmp_path / "part" / "proc-macro.rs", True),
        Script("published", "build-script", tmp_path / "cargo/registry/src/published/custom-build.rs", False),
    )
    assert found.macros == (tmp_path / "cargo/registry/src/published", tmp_path / "cargo/git/checkouts/deep")


def test_the_digest_is_of_the_published_packages_alone(metadata: dict[str, Any], tmp_path: Path) -> None:
    def digest() -> str:
        return graph.of_metadata(metadata, NEEDED, tmp_path / "Cargo.toml").locked

    before = digest()
    for one in metadata["packages"]:
        one["version"] = "1.1" if one["name"] not in ("published", "deep") else one["version"]
    assert digest() == before
    metadata["packages"].reverse()
    assert digest() == before
    next(one for one in metadata["packages"] if one["name"] == "published")["version"] = "1.1"
    assert digest() != before
