"""What a crate takes from its workspace, and what it would take but no workspace has."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.scaffold import inherited
from pyo3_features_backend.author.sources import manifests
from pyo3_features_backend.author.sources.manifests import Manifest
from pyo3_features_backend.errors import Place, ProjectError
from support.files import write

CRATE = '[package]\nname = "a"\nversion.workspace = true\n'
WORKSPACE = '[workspace]\nmembers = ["a"]\n'
FULL = (
    '[workspace.package]\nversion = "7.0.0"\n[workspace.lints.rust]\nunsafe_code = "forbid"\n'
    '[workspace.dependencies]\npyo3 = "0.30"\n'
)


def manifest(root: Path, cargo: str, above: str = "") -> Manifest:
    write(root, {"a/Cargo.toml": cargo, **({"Cargo.toml": above} if above else {})})
    return manifests.read_all(root / "a", [root / "a" / "Cargo.toml"])[0]


def test_what_the_workspace_has_is_taken(tmp_path: Path) -> None:
    cargo = CRATE + '[lints]\nworkspace = true\n[target."cfg(unix)".dependencies]\npyo3 = { workspace = true }\n'
    found = manifest(tmp_path, cargo, WORKSPACE + FULL)
    inherited.check(found)
    assert inherited.value(found, "version") == "7.0.0"
    assert inherited.value(found, "name") == "a"
    assert dict(inherited.offered(found, "dependencies")) == {"pyo3": "0.30"}


def test_a_crate_can_be_its_own_workspace(tmp_path: Path) -> None:
    found = manifest(tmp_path, CRATE + '[workspace]\n[workspace.package]\nversion = "1.0.0"\n')
    inherited.check(found)
    assert inherited.value(found, "version") == "1.0.0"


@pytest.mark.parametrize(
    ("below", "line", "keys"),
    [
        ("", 3, "version"),
        ('[dependencies]\npyo3 = { workspace = true, features = ["abi3"] }\n', 3, "version, pyo3"),
        ("[dev-dependencies]\npyo3.workspace = true\n", 3, "version, pyo3"),
    ],
)
def test_without_a_workspace_it_is_one_message_at_the_first_line(
    below: str, line: int, keys: str, tmp_path: Path
) -> None:
    with pytest.raises(ProjectError) as refused:
        inherited.check(manifest(tmp_path, CRATE + below))
    assert refused.value.message == f"`workspace = true`, but the crate is in no workspace: {keys}"
    assert refused.value.place == Place("Cargo.toml", line)
    assert refused.value.hint == "write the values here, or name the crate in the members of a workspace"


def test_a_workspace_that_excludes_the_crate_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="the crate is in no workspace: version"):
        inherited.check(manifest(tmp_path, CRATE, '[workspace]\nexclude = ["a"]\n' + FULL))


@pytest.mark.parametrize(
    ("cargo", "line", "message"),
    [
        (CRATE, 3, "[workspace.package] of the workspace has no version"),
        ('[package]\nname = "a"\n[lints]\nworkspace = true\n', 4, "[workspace] of the workspace has no lints"),
        (
            '[package]\nname = "a"\n[dependencies]\nserde = "1"\npyo3 = { workspace = true }\n',
            5,
            "[workspace.dependencies] of the workspace has no pyo3",
        ),
    ],
)
def test_what_the_workspace_lacks_is_said_where_it_is_asked_for(
    cargo: str, line: int, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ProjectError) as refused:
        inherited.check(manifest(tmp_path, cargo, WORKSPACE))
    assert message in refused.value.message
    assert refused.value.place == Place("Cargo.toml", line)
    assert str(tmp_path / "Cargo.toml") in str(refused.value.hint)


def test_metadata_of_other_tools_is_not_cargos(tmp_path: Path) -> None:
    inherited.check(manifest(tmp_path, '[package]\nname = "a"\n[package.metadata]\nworkspace = true\n'))
