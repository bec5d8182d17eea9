"""[build-system] of a migrated project."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.backend import requirement
from pyo3_features_backend.facts import toml
from support.files import write
from support.gated_project import PYPROJECT, command
from support.migrations import migrated

pytest.importorskip("tomlkit")


def test_a_backend_of_the_projects_own_that_calls_ours_stays(project: Path) -> None:
    system = '"own"\nbackend-path = ["tools"]\n'
    write(
        project,
        {
            "pyproject.toml": PYPROJECT.replace('"maturin"\n', system),
            "tools/own.py": "from pyo3_features_backend import *\n",
        },
    )
    found = toml.parse(migrated(project)["pyproject.toml"])
    assert found["build-system"]["build-backend"] == "own"
    assert found["build-system"]["requires"] == [requirement(), "maturin>=1.5,<2"]


@pytest.mark.parametrize(
    ("requires", "after"),
    [
        ('["maturin"]', [requirement(), "maturin"]),
        ('["Maturin[patchelf]>=1,<2", "x"]', [requirement(), "Maturin[patchelf]>=1,<2", "x"]),
        ('["maturin>=0.14,<0.15"]', [requirement(), "maturin>=1.14,<2"]),
        ('["setuptools-rust"]', [requirement("maturin"), "setuptools-rust"]),
        ('["maturin", "pyo3_features_backend>=0.1"]', ["maturin", "pyo3_features_backend>=0.1"]),
    ],
)
def test_requirements_stay_and_the_delegate_stays_known(requires: str, after: list[str], project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace('["maturin>=1.5,<2"]', requires)})
    found = migrate.prepare(project)
    text = next(change.after for change in found.changes if change.shown == "pyproject.toml")
    assert toml.parse(text)["build-system"]["requires"] == after
    assert found.then.facts is not None
    assert found.then.facts.delegate == "maturin"


def test_a_bound_of_the_authors_stays(project: Path) -> None:
    own = 'requires = ["pyo3-features-backend>=0.0.1", "'
    write(project, {"pyproject.toml": PYPROJECT.replace('requires = ["', own)})
    assert command(project, "--yes").returncode == 0
    assert own in (project / "pyproject.toml").read_text()
