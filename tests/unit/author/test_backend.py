"""This backend as a project names it: the bounds of a requirement."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import backend
from pyo3_features_backend.facts import project
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


def test_what_a_backend_of_the_projects_own_imports_has_its_line(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["tools"]\n'
    own = "import setuptools_rust, maturins\n  from maturin import *\nimport maturin\n"
    write(
        tmp_path, {"pyproject.toml": text, "tools/own.py": own, "tools/sub/b.py": "import pyo3_features_backend as b\n"}
    )
    places = {"maturin": "tools/own.py:2", "pyo3_features_backend": "tools/sub/b.py:1"}
    assert {name: str(place) for name, place in backend.imported(project.load(tmp_path)).items()} == places
