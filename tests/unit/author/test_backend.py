"""This backend as a project names it: the bounds of a requirement."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import backend
from pyo3_features_backend.facts import project
from pyo3_features_backend.facts.project import load
from support.files import write


@pytest.mark.parametrize(
    ("version", "bounds"),
    [
        ("0.1.0", ">=0.1,<0.2"),
        ("0.10.3", ">=0.10,<0.11"),
        ("1.0", ">=1.0,<2"),
        ("2.4.1", ">=2.4,<3"),
        ("0.2.0.dev1", ">=0.2.0.dev1,<0.3"),
        ("1.0rc1", ">=1.0rc1,<2"),
    ],
)
def test_the_bounds_let_in_no_release_that_may_break(version: str, bounds: str) -> None:
    assert backend.bounds(version) == bounds


def test_the_requirement_has_an_extra_and_the_bounds_of_this_release() -> None:
    assert backend.requirement() == f"pyo3-features-backend{backend.bounds()}"
    assert backend.requirement("maturin") == f"pyo3-features-backend[maturin]{backend.bounds()}"


@pytest.mark.parametrize(
    ("table", "delegate"),
    [
        ('requires = ["maturin>=1"]\nbuild-backend = "maturin"', "maturin"),
        ('requires = ["setuptools", "setuptools_rust"]\nbuild-backend = "setuptools.build_meta"', "setuptools-rust"),
        ('requires = ["setuptools-rust"]', "setuptools-rust"),
        ('requires = ["setuptools-rust"]\nbuild-backend = "own"\nbackend-path = ["."]', "setuptools-rust"),
        ('requires = ["maturin", "PyO3_features.backend"]\nbuild-backend = "maturin"', None),
        ('requires = []\nbuild-backend = "pyo3_features_backend"', None),
        ('requires = ["hatchling"]\nbuild-backend = "hatchling.build"', None),
    ],
)
def test_who_builds_a_project_that_only_plans_with_this_package(
    tmp_path: Path, table: str, delegate: str | None
) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[build-system]\n{table}\n")
    assert backend.planner_alone(load(tmp_path)) == delegate


def test_what_a_backend_of_the_projects_own_imports_has_its_line(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["tools"]\n'
    own = "import setuptools_rust, maturins\n  from maturin import *\nimport maturin\n"
    write(
        tmp_path, {"pyproject.toml": text, "tools/own.py": own, "tools/sub/b.py": "import pyo3_features_backend as b\n"}
    )
    places = {"maturin": "tools/own.py:2", "pyo3_features_backend": "tools/sub/b.py:1"}
    assert {name: str(place) for name, place in backend.imported(project.load(tmp_path)).items()} == places
