"""Real builds for the tests: one folder of compiled dependencies for the run, and the Pythons of the machine."""

from __future__ import annotations

import datetime
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

# Of the random projects: another one each day.
SEED = os.environ.get("PFB_SEED") or str(datetime.date.today().toordinal())
EXAMPLES = Path(__file__).parent.parent / "examples"


def pytest_report_header() -> str:
    return f"random projects: PFB_SEED={SEED}"


class Build(Protocol):
    """Builds the project in a folder with a hook of the backend; a failed build is returned, not raised."""

    def __call__(
        self,
        project: Path,
        hook: str = "build_wheel",
        config: dict[str, str] | None = None,
        backend: str = "pyo3_features_backend",
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run the hook in a process of its own, with ``dist`` beside the project as its directory."""


def hook_code(
    dist: Path, hook: str = "build_wheel", config: dict[str, str] | None = None, backend: str = "pyo3_features_backend"
) -> str:
    """What a front end runs in the project's folder."""
    return f"import {backend} as b; b.{hook}({str(dist)!r}, {config!r})"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("target")


@pytest.fixture
def build(tmp_path: Path, compiled: Path) -> Build:
    def call(
        project: Path,
        hook: str = "build_wheel",
        config: dict[str, str] | None = None,
        backend: str = "pyo3_features_backend",
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        (tmp_path / "dist").mkdir(exist_ok=True)
        return subprocess.run(
            [sys.executable, "-c", hook_code(tmp_path / "dist", hook, config, backend)],
            cwd=project,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "CARGO_TARGET_DIR": str(compiled), **environment},
        )

    return call


def wheel_of(tmp_path: Path, result: subprocess.CompletedProcess[str]) -> Path:
    """The one wheel that a successful build left; it is taken out of the folder for the next."""
    assert result.returncode == 0, result.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    return Path(shutil.move(wheel, tmp_path / wheel.name))


def example(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("target")))


def pythons() -> dict[str, str]:
    """The interpreters to run wheels on, ``{"3.9": path}``: pyenv's, and the one that runs the tests."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {".".join(path.parent.parent.name.split(".")[:2]): str(path) for path in folder.glob("3.*/bin/python")}
    found[f"{sys.version_info[0]}.{sys.version_info[1]}"] = sys.executable
    return found


def call(python: str, wheel: Path, code: str) -> str:
    """What ``code`` prints under ``python`` with the unpacked ``wheel`` on its path."""
    folder = wheel.with_suffix("")
    if not folder.is_dir():
        shutil.unpack_archive(wheel, folder, "zip")
    result = subprocess.run([python, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_CACHE_DIR", str(folder))
    return folder
