"""The hooks on a real crate: through pip and build, with a wheel that imports."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples import example
from support.verbs import module

pytestmark = pytest.mark.build


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return example("hello", tmp_path)


def test_pip_builds_the_abi3_wheel_and_other_pythons_import_it(hello: Path, tmp_path: Path, compiled: Path) -> None:
    result = module(
        ["pip", "wheel", "-v", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."],
        hello,
        CARGO_TARGET_DIR=str(compiled),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout + result.stderr
    assert "pyo3-features-backend: cp39-abi3 for hello-pyo3 (requires-python >=3.9, PyO3 0.30" in said
    assert "pip will not use" not in said.lower()
    (wheel,) = tmp_path.glob("*.whl")
    assert "-cp39-abi3-" in wheel.name
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    pythons = {sys.executable, *map(str, pyenv.glob("3.[19]*/bin/python"))}
    for python in sorted(pythons):
        folder = tmp_path / "installed"
        shutil.unpack_archive(wheel, folder, "zip")
        called = subprocess.run(
            [python, "-c", "import hello_pyo3; print(hello_pyo3.greet('you'))"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert called.stdout == "Hello, you, from Rust\n"


def test_build_makes_a_version_specific_wheel_from_the_sdist_when_abi3_is_off(
    hello: Path, tmp_path: Path, compiled: Path
) -> None:
    result = module(
        ["build", "--no-isolation", "-o", str(tmp_path), "-C", "abi3=off"], hello, CARGO_TARGET_DIR=str(compiled)
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert list(tmp_path.glob("hello_pyo3-0.1.0.tar.gz"))
    own = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert list(tmp_path.glob(f"*-{own}-{own}-*.whl"))
