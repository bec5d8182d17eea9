"""The plan as flags: maturin makes of them the wheel of the plan."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples import example
from support.pythons import pythons

pytestmark = pytest.mark.build


@pytest.mark.parametrize(("abi3", "tag"), [("auto", "cp39-abi3"), ("off", "cp3{0}-cp3{0}"), ("3.15", "cp3{0}-cp3{0}")])
def test_maturin_makes_the_wheel_of_the_plan(abi3: str, tag: str, tmp_path: Path, compiled: Path) -> None:
    project = example("hello", tmp_path)
    # Another `python3` comes first on PATH: the wheel has to be the plan's all the same.
    other = next((python for python in pythons().values() if python != sys.executable), sys.executable)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(other)
    path = [str(tmp_path / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
    own = {"PYO3_FEATURES_BACKEND_ABI3": abi3, "CARGO_TARGET_DIR": str(compiled), "PATH": os.pathsep.join(path)}
    maturin = f"maturin build --out {tmp_path / 'dist'} $({sys.executable} -m pyo3_features_backend args)"
    result = subprocess.run(
        ["sh", "-c", maturin], cwd=project, capture_output=True, text=True, check=False, env={**os.environ, **own}
    )
    assert result.returncode == 0, result.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert f"-{tag.format(sys.version_info[1])}-" in wheel.name
