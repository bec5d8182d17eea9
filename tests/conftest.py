"""Real builds: one folder of compiled dependencies for the run, and a compile cache of a test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.builds import Build, hook_code
from support.corpus import chosen
from support.parts import left_out
from support.seed import SEED

PARTS = "--parts"


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "of the cases of each test that compiles, run one of N parts, each day another"
    parser.addoption(PARTS, type=int, default=1, metavar="N", help=text)


def pytest_report_header(config: pytest.Config) -> list[str]:
    parts = config.getoption(PARTS)
    cases = "all" if parts == 1 else f"1 of {parts} parts"
    return [
        f"what changes from day to day: PFB_SEED={SEED}",
        f"of the corpus (PFB_CORPUS=all for all): {', '.join(chosen())}",
        f"of the cases of each test that compiles ({PARTS}=1 for all): {cases}",
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = left_out(items, config.getoption(PARTS))
    if left:
        config.hook.pytest_deselected(items=[item for item in items if item in left])
        items[:] = [item for item in items if item not in left]


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


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_CACHE_DIR", str(folder))
    return folder
