"""The files of a new project."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.scaffold import project
from pyo3_features_backend.decide import pyo3
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import toml
from pyo3_features_backend.model.version import python_text
from support.files import write

PLAIN = {"pyproject.toml", "Cargo.toml", "src/lib.rs", "README.md", ".gitignore", "tests/test_a_b.py"}
PACKAGE = {"python/a_b/__init__.py", "python/a_b/_native.pyi", "python/a_b/py.typed"}


def texts(folder: Path, delegate: str = "maturin", *, mixed: bool = False) -> dict[str, str]:
    return {change.shown: change.after for change in project.new(folder, "A-b", delegate, mixed=mixed)}


@pytest.mark.parametrize(
    ("delegate", "mixed", "files", "target"),
    [
        ("maturin", False, {"a_b.pyi"}, "a_b"),
        ("maturin", True, PACKAGE, "_native"),
        ("setuptools-rust", False, {*PACKAGE, "MANIFEST.in"}, "_native"),
        ("setuptools-rust", True, {*PACKAGE, "MANIFEST.in"}, "_native"),
    ],
)
def test_a_project_has_the_files_that_it_needs_and_no_more(
    delegate: str, mixed: bool, files: set[str], target: str, tmp_path: Path
) -> None:
    made = texts(tmp_path / "any", delegate, mixed=mixed)
    assert set(made) == PLAIN | files
    assert f"#[pyo3::pymodule]\nmod {target} {{\n" in made["src/lib.rs"]
    left = [(file, text) for file, text in made.items() if "$" in text]
    assert left == []
    declared = toml.parse(made["pyproject.toml"])
    assert declared["project"]["name"] == "A-b"
    assert "version" in declared["project"] or declared["project"]["dynamic"] == ["version"]
    assert [f"pyo3-features-backend[{delegate}]>=0.1,<0.2"] == declared["build-system"]["requires"]
    assert not (tmp_path / "any").exists()


def test_it_takes_the_newest_pyo3_that_is_known_and_all_its_pythons(tmp_path: Path) -> None:
    made, newest = texts(tmp_path), pyo3.releases()[-1]
    assert toml.parse(made["Cargo.toml"])["dependencies"] == {"pyo3": newest.series}
    floor = toml.parse(made["pyproject.toml"])["project"]["requires-python"]
    assert floor == f">={python_text(newest.cpython_min)}"


def test_a_workspace_above_that_does_not_name_it_is_a_warning(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\nexclude = ["out"]\n'})
    note = project.workspace_above(tmp_path / "a")
    assert note is not None
    assert (note.place, note.hint) == ((str(tmp_path / "Cargo.toml"), None), 'add "a" to its members or to its exclude')
    assert project.workspace_above(tmp_path / "crates" / "a") is None
    assert project.workspace_above(tmp_path / "out") is None


def test_a_workspace_above_that_cannot_be_read_is_one_message(tmp_path: Path) -> None:
    write(tmp_path, {"Cargo.toml": "[workspace\n"})
    with pytest.raises(ProjectError, match="not valid TOML"):
        project.workspace_above(tmp_path / "a")
