"""Real builds: one folder of compiled dependencies for the run, and a compile cache of a test's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.builds import Build, hook_code
from support.corpus import chosen
from support.seed import SEED, part

PARTS = "--parts"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        PARTS, type=int, default=1, metavar="N", help="run one of N parts of the tests that compile, each day another"
    )


def pytest_report_header(config: pytest.Config) -> list[str]:
    return [
        f"what changes from day to day: PFB_SEED={SEED}",
        f"of the corpus (PFB_CORPUS=all for all): {', '.join(chosen())}",
        f"of the tests that compile ({PARTS}=1 for all): one of {config.getoption(PARTS)} parts",
    ]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that compile and are not in today's part; a function's parameters are together."""
    compiling = [item for item in items if item.get_closest_marker("build")]
    functions = list(dict.fromkeys(_function(item) for item in compiling))
    today = set(part(functions, config.getoption(PARTS)))
    left = [item for item in compiling if _function(item) not in today]
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


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
