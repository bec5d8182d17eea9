"""``check`` names a feature where it stands, in whichever file that is, and what migrate keeps it keeps too."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.checks import check
from pyo3_features_backend.model.problem import Problem
from support.files import write
from support.targets import cpython_here

PYPROJECT = """[build-system]
requires = ["pyo3-features-backend", "maturin"]
build-backend = "pyo3_features_backend"

[project]
name = "a"
version = "0.1.0"
requires-python = ">=3.10"
"""
CRATE = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'


def found(root: Path, code: str) -> list[Problem]:
    return [problem for problem in check(root, cpython_here("3.12"), {}) if problem.code == code]


@pytest.mark.parametrize(
    "workspace",
    [
        '[workspace.dependencies]\npyo3 = { version = "0.30", features = ["abi3-py310"] }\n',
        '[workspace.dependencies.pyo3]\nversion = "0.30"\nfeatures = [\n  # low\n  "abi3-py310",\n]\n',
    ],
)
def test_what_comes_from_the_workspace_of_a_path_dependency_is_named_there(workspace: str, tmp_path: Path) -> None:
    """The dependency beside the project has a workspace of its own, which cargo does not name."""
    text = '[workspace]\nmembers = ["c"]\n' + workspace
    files = {"pyproject.toml": PYPROJECT, "src/lib.rs": "", "../other/c/src/lib.rs": "", "../other/Cargo.toml": text}
    files["Cargo.toml"] = CRATE.format("a") + '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.30"\n'
    files["Cargo.toml"] += 'c = { path = "../other/c" }\n'
    files["../other/c/Cargo.toml"] = CRATE.format("c") + "[dependencies]\npyo3 = { workspace = true }\n"
    root = write(tmp_path / "project", files)
    (problem,) = found(root, "PFB230")
    line = text.partition('"abi3-py310"')[0].count("\n") + 1
    assert str(problem.place) == f"../other/Cargo.toml:{line}"
    changed = {change.shown for change in migrate.prepare(root).changes}
    assert "../other/Cargo.toml" in changed
    for change in migrate.prepare(root).changes:
        change.path.write_bytes(change.after.encode())
    assert found(root, "PFB230") == []


def test_a_bare_abi3t_is_kept_and_both_verbs_say_so(tmp_path: Path) -> None:
    dependency = '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = { version = "0.30", features = ["abi3t"] }\n'
    manifest = CRATE.format("a") + dependency
    root = write(tmp_path, {"pyproject.toml": PYPROJECT, "src/lib.rs": "", "Cargo.toml": manifest})
    (problem,) = found(root, "PFB230")
    assert str(problem.place) == "Cargo.toml:8"
    assert problem.hint and problem.hint.startswith('keep it, or name a floor: abi3t = "3.15"')
    migration = migrate.prepare(root)
    assert "Cargo.toml" not in [change.shown for change in migration.changes]
    (note,) = migration.notes
    assert (str(note.place), note.text.startswith("abi3t stays")) == ("Cargo.toml:8", True)
