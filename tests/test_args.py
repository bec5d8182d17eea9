"""The plan as flags: what is printed, and that maturin makes of it the wheel of the plan."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EXAMPLES, example


def command(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "args", "-C", str(project), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_features_of_the_project_are_among_them(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (project / "pyproject.toml").open("a").write(
        '\n[tool.maturin]\nfeatures = ["pyo3/serde", { feature = "pyo3/num-bigint", python-version = "<3.0" }]\n'
    )
    assert command(project).stdout == "--features pyo3/serde,pyo3/abi3-py39\n"
    assert command(project, "--for", "cargo").stdout == "--features pyo3/serde,pyo3/abi3-py39\n"
    off = {"PYO3_FEATURES_BACKEND_ABI3": "off", "PYO3_FEATURES_BACKEND_FEATURES": "hashbrown"}
    assert command(project, **off).stdout == "--features pyo3/serde,pyo3/hashbrown\n"


def test_an_interpreter_and_a_target_are_named(tmp_path: Path) -> None:
    project = EXAMPLES / "hello"
    assert command(project, "--python", sys.executable).stdout == (
        f"--interpreter {shlex.quote(sys.executable)} --features pyo3/abi3-py39\n"
    )
    triple = "aarch64-unknown-linux-gnu"
    python = f"python3.{sys.version_info[1]}"
    assert command(project, "--target", triple).stdout == (
        f"--target {triple} --interpreter {python} --features pyo3/abi3-py39\n"
    )
    facts = json.loads(command(project, "--json", "--target", triple, "--for", "cargo").stdout)
    assert facts["args"] == ["--target", triple, "--features", "pyo3/abi3-py39"]
    assert facts["env"] == {"PYO3_BUILD_EXTENSION_MODULE": "1"}


def test_variables_that_flags_cannot_stand_for_are_told() -> None:
    result = command(EXAMPLES / "hello", "--for", "cargo")
    assert "export PYO3_BUILD_EXTENSION_MODULE=1" in result.stderr
    assert "export" not in command(EXAMPLES / "hello").stderr


def test_an_error_of_the_plan_leaves_stdout_empty(tmp_path: Path) -> None:
    result = command(EXAMPLES / "hello", PYO3_FEATURES_BACKEND_FEATURES="serd")
    assert (result.returncode, result.stdout) == (1, "")
    assert "did you mean serde" in result.stderr


def test_a_setuptools_project_is_told_what_to_do_instead() -> None:
    result = command(EXAMPLES / "setuptools")
    assert (result.returncode, result.stdout) == (1, "")
    assert "python -m build" in result.stderr
    assert command(EXAMPLES / "setuptools", "--for", "cargo").stdout == "--features pyo3/abi3-py39\n"


@pytest.mark.build
@pytest.mark.parametrize(("abi3", "tag"), [("auto", "cp39-abi3"), ("off", "cp3{0}-cp3{0}"), ("3.15", "cp3{0}-cp3{0}")])
def test_maturin_makes_the_wheel_of_the_plan(abi3: str, tag: str, tmp_path: Path, compiled: Path) -> None:
    project = example("hello", tmp_path)
    own = {"PYO3_FEATURES_BACKEND_ABI3": abi3, "CARGO_TARGET_DIR": str(compiled)}
    words = shlex.split(command(project, "--python", sys.executable, **own).stdout)
    maturin = [sys.executable, "-m", "maturin", "build", "--out", str(tmp_path / "dist"), *words]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(maturin, cwd=project, check=True, capture_output=True, env={**os.environ, **own, "PATH": path})
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    assert f"-{tag.format(sys.version_info[1])}-" in wheel.name
