"""A project of somebody else that was made one with this backend builds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.files import write
from support.gated_project import PYPROJECT, command, gated
from support.pythons import call

pytest.importorskip("tomlkit")

pytestmark = pytest.mark.build


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return gated(tmp_path)


def test_the_migrated_project_builds_and_its_gated_module_is_there(project: Path, tmp_path: Path, build: Build) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace(">=3.8", ">=3.9")})
    assert command(project, "--yes").returncode == 0
    wheel = wheel_of(tmp_path, build(project))
    assert "-cp39-abi3-" in wheel.name
    assert call(sys.executable, wheel, "import gated; print(gated.LIMITED)") == "True"
