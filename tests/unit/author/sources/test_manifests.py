"""Cargo.toml files as they are written: which belong to a project, and what their dependencies say."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources import manifests
from pyo3_features_backend.author.sources.setup_py import parse
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts.project import load
from support.files import write

CRATE = '[package]\nname = "{}"\n'
WORKSPACE = """[workspace]
members = ["crates/*"]
exclude = ["crates/out", "old*"]
[workspace.dependencies]
shared = { package = "real", path = "crates/shared", default-features = false, features = ["w"] }
"""
TOP = (
    CRATE.format("top")
    + """[dependencies]
shared = { workspace = true, features = ["own"] }
plain = "1"
[build-dependencies]
tool = { path = "../tool", features = ["t"] }
[dev-dependencies]
tests = { path = "../tests" }
[target.'cfg(unix)'.dependencies]
unix = { version = "1", default_features = false }
"""
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {f"crates/{name}/Cargo.toml": CRATE.format(name) for name in ("shared", "tool", "tests", "out", "unused")}
    return write(tmp_path, {"Cargo.toml": WORKSPACE, "crates/top/Cargo.toml": TOP, **files})


def test_path_dependencies_and_workspaces_are_read_each_once_and_nothing_else(root: Path) -> None:
    found = manifests.read_all(root, [root / "crates/top/Cargo.toml"] * 2)
    assert [(one.shown, one.name) for one in found] == [
        ("crates/top/Cargo.toml", "top"),
        ("crates/shared/Cargo.toml", "shared"),
        ("crates/tool/Cargo.toml", "tool"),
        ("Cargo.toml", ""),
    ]


def test_a_dependency_has_what_its_workspace_says_of_it(root: Path) -> None:
    (top, *_, workspace) = manifests.read_all(root, [root / "crates/top/Cargo.toml"])
    shared, plain, tool, unix = manifests.dependencies(top)
    assert (shared.key, shared.package, shared.default, shared.features) == ("shared", "real", False, ("own", "w"))
    assert shared.path == root / "crates/shared/Cargo.toml"
    assert shared.names == ("dependencies", "shared", "features")
    assert (plain.package, plain.spec, plain.path, plain.features, plain.default) == ("plain", {}, None, (), True)
    assert (tool.section, tool.path) == (("build-dependencies",), root / "crates/tool/Cargo.toml")
    assert (unix.section, unix.default) == (("target", "cfg(unix)", "dependencies"), False)
    (offered,) = manifests.dependencies(workspace)
    assert (offered.section, offered.features) == (("workspace", "dependencies"), ("w",))


@pytest.mark.parametrize(
    ("folder", "text", "expected"),
    [
        ("crates/top", "", "Cargo.toml"),
        ("crates/out", "", None),
        ("crates/out/below", "", None),
        ("older/x", "", None),
        ("crates/x", 'workspace = "../../other"\n', "other/Cargo.toml"),
        ("crates/x", "[workspace]\n", "crates/x/Cargo.toml"),
    ],
)
def test_the_workspace_of_a_crate(folder: str, text: str, expected: str | None, root: Path) -> None:
    write(root, {f"{folder}/Cargo.toml": CRATE.format("x") + text, "other/Cargo.toml": "[workspace]\n"})
    found = manifests.read_all(root, [root / folder / "Cargo.toml"])[0].workspace
    assert found == (root / expected if expected else None)


def test_a_manifest_that_is_no_toml_is_an_error_unless_the_caller_goes_on(root: Path) -> None:
    write(root, {"crates/shared/Cargo.toml": "[package\n"})
    start = [root / "crates/top/Cargo.toml"]
    with pytest.raises(ProjectError, match=r"error: crates/shared/Cargo\.toml:1: not valid TOML"):
        manifests.read_all(root, start)
    found = manifests.read_all(root, start, lenient=True)
    assert [one.name for one in found] == ["top", "tool", ""]


@pytest.mark.parametrize(
    ("pyproject", "setup", "expected"),
    [
        ("", "", ["Cargo.toml"]),
        ('[tool.maturin]\nmanifest-path = "a/Cargo.toml"', "", ["a/Cargo.toml"]),
        ('[[tool.setuptools-rust.ext-modules]]\ntarget = "x"\npath = "a/Cargo.toml"', "", ["a/Cargo.toml"]),
        (
            "",
            'RustExtension("x", "a/Cargo.toml"), RustBin("y", path="./a/../b/Cargo.toml")',
            ["a/Cargo.toml", "b/Cargo.toml"],
        ),
        ("", 'RustExtension("x", path=join("a", "Cargo.toml"))', ["Cargo.toml"]),
        ("", 'RustExtension("x", "none/Cargo.toml")', []),
    ],
)
def test_the_manifests_that_a_project_declares(pyproject: str, setup: str, expected: list[str], tmp_path: Path) -> None:
    names = ("Cargo.toml", "a/Cargo.toml", "b/Cargo.toml")
    write(tmp_path, {"pyproject.toml": pyproject, **dict.fromkeys(names, "")})
    found = manifests.extension_manifests(load(tmp_path), parse(setup))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == expected
