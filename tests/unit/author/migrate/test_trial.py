"""A build of the migrated project before anything is written: its environment, and what is said where it fails."""

from __future__ import annotations

from pathlib import Path

from support.files import write
from support.gated_project import PYPROJECT, command


def test_a_build_that_fails_writes_nothing_and_says_why(project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace('requires = ["', 'requires = ["gone @ file:///gone.whl", "')})
    before = (project / "pyproject.toml").read_bytes(), (project / "Cargo.toml").read_bytes()
    result = command(project, "--yes", "--build")
    assert result.returncode == 1
    assert result.stderr.count("error:") == 1
    assert "pip cannot install what the build requires" in result.stderr
    assert "nothing was written" in result.stderr
    assert ((project / "pyproject.toml").read_bytes(), (project / "Cargo.toml").read_bytes()) == before
