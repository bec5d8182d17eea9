"""A project of somebody else that was made one with this backend builds."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.files import write
from support.gated_project import LIB, PYPROJECT, command, gated
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


def test_a_build_goes_before_what_is_written(project: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARGO_TARGET_DIR", str(compiled))
    write(project, {"pyproject.toml": PYPROJECT.replace(">=3.8", ">=3.9")})
    result = command(project, "--yes", "--build")
    assert result.returncode == 0, result.stderr
    assert re.search(r"built gated-1\.0-cp39-abi3-\S+\.whl; it imports on CPython 3\.\d+", result.stderr)
    assert "pyo3_features_backend" in (project / "pyproject.toml").read_text()
    assert not (project / "target").exists()


@pytest.mark.parametrize(
    ("lib", "said"),
    [
        (LIB + 'compile_error!("never");\n', "the migrated project does not build: build_wheel failed"),
        (LIB.replace('"extension-module"', '"nothing"'), "the migrated project does not build: build_wheel failed"),
        (
            LIB.replace("{ module", '{ panic!("{module}"); #[allow(unreachable_code)] module'),
            "was built, but cannot be imported: ",
        ),
    ],
)
def test_nothing_is_written_where_the_result_does_not_build_or_import(
    lib: str, said: str, project: Path, compiled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGO_TARGET_DIR", str(compiled))
    write(project, {"src/lib.rs": lib})
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    result = command(project, "--yes", "--build")
    assert (result.returncode, said in result.stderr, "nothing was written" in result.stderr) == (1, True, True)
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_the_line_that_is_offered_for_ci_makes_the_wheel_of_the_plan(
    project: Path, tmp_path: Path, compiled: Path
) -> None:
    workflow = f"jobs:\n  w:\n    steps:\n      - run: maturin build -i {sys.executable} -o {tmp_path}/dist\n"
    write(project, {".github/workflows/w.yml": workflow})
    said = command(project, "--yes").stderr
    (line,) = re.findall(r"^  \+ +- run: (.+)$", said, re.MULTILINE)
    line = line.replace("$(pyo3-features ", f"$({sys.executable} -m pyo3_features_backend ")
    environ = {**os.environ, "CARGO_TARGET_DIR": str(compiled)}
    environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    result = subprocess.run(["sh", "-c", line], cwd=project, capture_output=True, text=True, check=False, env=environ)
    assert result.returncode == 0, result.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert "-cp39-abi3-" in wheel.name
