"""The crate graph, read by the real cargo from crates written for the test. Nothing is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.errors import CrateError
from pyo3_features_backend.facts.crates import read
from pyo3_features_backend.facts.query import Query
from pyo3_features_backend.model.crate import Crate

PACKAGE = """[package]
name = "{name}"
version = "0.1.0"
edition = "2021"

[lib]
crate-type = ["cdylib", "rlib"]

"""


def write(folder: Path, name: str, rest: str) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").touch()
    manifest = folder / "Cargo.toml"
    manifest.write_text(PACKAGE.format(name=name) + rest)
    return manifest


def on(crate: Crate) -> set[str]:
    assert crate.pyo3
    return {feature for feature in crate.pyo3.on if feature.startswith(("abi3-py", "serde"))}


def test_a_workspace_siblings_features_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n')
    manifest = write(tmp_path / "a", "a", '[dependencies]\npyo3 = "0.30"\n')
    write(tmp_path / "b", "b", '[dependencies]\npyo3 = { version = "0.30", features = ["abi3-py315", "serde"] }\n')
    assert on(read(Query(tmp_path, manifest))) == set()


def test_a_siblings_optional_pyo3_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["a", "b"]\nresolver = "2"\n')
    manifest = write(tmp_path / "a", "a", '[dependencies]\npyo3 = { version = "0.30", optional = true }\n')
    write(tmp_path / "b", "b", '[dependencies]\na = { path = "../a", features = ["pyo3"] }\n')
    assert read(Query(tmp_path, manifest)).pyo3 is None
    assert read(Query(tmp_path, manifest, ("--features", "pyo3"))).pyo3 is not None


def test_a_dev_dependencys_features_and_pyo3_do_not_count(tmp_path: Path) -> None:
    rest = (
        '[dependencies]\npyo3 = "0.30"\n[dev-dependencies]\npyo3 = { version = "0.30", features = ["abi3-py315"] }\n'
        'old = { package = "pyo3", version = "0.13", default-features = false }\n'
    )
    crate = read(Query(tmp_path, write(tmp_path, "a", rest)))
    assert on(crate) == set()
    assert crate.pyo3
    assert crate.pyo3.version.startswith("0.30.")


def test_another_platforms_dependency_does_not_count(tmp_path: Path) -> None:
    rest = (
        '[dependencies]\npyo3 = "0.30"\n'
        '[target.\'cfg(target_os = "none")\'.dependencies]\npyo3 = { version = "0.30", features = ["abi3-py315"] }\n'
    )
    assert on(read(Query(tmp_path, write(tmp_path, "a", rest)))) == set()


def test_a_renamed_optional_dependency_is_spelt_as_the_manifest_spells_it(tmp_path: Path) -> None:
    rest = (
        '[dependencies]\npy = { package = "pyo3", version = "0.30", optional = true }\n'
        '[features]\ndefault = ["python"]\npython = [\n  "dep:py",\n  "py/abi3-py312",\n]\n'
    )
    crate = read(Query(tmp_path, write(tmp_path, "a", rest)))
    assert crate.pyo3
    assert (crate.pyo3.key, crate.pyo3.direct) == ("py?", True)
    (request,) = crate.pyo3.requests
    assert (request.feature, str(request.place), request.by) == ("abi3-py312", "Cargo.toml:15", "feature 'python' of a")


def test_an_inherited_dependency_names_the_workspaces_line(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text(
        '[workspace]\nmembers = ["a"]\n\n[workspace.dependencies]\n'
        'pyo3 = { version = "0.30", features = ["abi3-py310"] }\n'
    )
    manifest = write(tmp_path / "a", "a", "[dependencies]\npyo3.workspace = true\n")
    crate = read(Query(tmp_path, manifest))
    assert crate.pyo3
    assert [(one.feature, str(one.place)) for one in crate.pyo3.requests] == [("abi3-py310", "Cargo.toml:5")]
    assert crate.manifest == "a/Cargo.toml"


def test_pyo3_ffi_alone_and_pyo3_through_another_crate_are_told_apart(tmp_path: Path) -> None:
    crate = read(Query(tmp_path, write(tmp_path / "ffi", "ffi", '[dependencies]\npyo3-ffi = "0.30"\n')))
    assert crate.pyo3
    assert (crate.pyo3.crate, crate.pyo3.key, crate.pyo3.direct) == ("pyo3-ffi", "pyo3-ffi", True)
    write(tmp_path / "core", "core-py", '[dependencies]\npyo3 = "0.30"\n')
    crate = read(Query(tmp_path, write(tmp_path / "top", "top", '[dependencies]\ncore-py = { path = "../core" }\n')))
    assert crate.pyo3
    assert not crate.pyo3.direct


def test_two_versions_are_an_error_that_names_both(tmp_path: Path) -> None:
    rest = '[dependencies]\npyo3 = "0.30"\nold = { package = "pyo3", version = "=0.13.2" }\n'
    with pytest.raises(CrateError, match=r"Cargo\.toml:10: a depends on 2 versions of pyo3: 0\.13\.2, 0\.30\."):
        read(Query(tmp_path, write(tmp_path / "a", "a", rest)))
    with pytest.raises(CrateError, match=r"several versions of PyO3.*: .*pyo3 v0\.15\.2"):
        read(Query(tmp_path, write(tmp_path / "b", "b", rest.replace("0.13", "0.15"))))


def test_a_virtual_workspace_is_one_message(tmp_path: Path) -> None:
    write(tmp_path / "a", "a", "")
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["a"]\n')
    with pytest.raises(CrateError, match="workspace without a package"):
        read(Query(tmp_path, tmp_path / "Cargo.toml"))
