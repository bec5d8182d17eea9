"""The facts of the running Python and of others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts import interpreter


def test_the_environment_of_crossenv_and_cibuildwheel_is_the_running_pythons(tmp_path: Path) -> None:
    # crossenv puts the target's sysconfig data in front; cibuildwheel names the platform. Both go through sysconfig.
    variables = {"SOABI": "cpython-311-aarch64-linux-gnu", "Py_GIL_DISABLED": 1, "VERSION": "3.11", "LDVERSION": "3.11"}
    (tmp_path / "_sysconfigdata_target.py").write_text(f"build_time_vars = {variables!r}\n")
    code = "from pyo3_features_backend import target; r = target.running(); print(r.platform, r.soabi, r.free_threaded)"
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={
            **os.environ,
            "PYTHONPATH": str(tmp_path),
            "_PYTHON_HOST_PLATFORM": "linux-aarch64",
            "_PYTHON_SYSCONFIGDATA_NAME": "_sysconfigdata_target",
        },
    )
    assert said.stdout == "linux-aarch64 cpython-311-aarch64-linux-gnu True\n"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "there is no interpreter "),
        ("exit 1", "does not behave like Python 3.6 or newer"),
        ("echo hello", "does not behave like Python 3.6 or newer"),
        ("echo '{}'", "does not behave like Python 3.6 or newer"),
        ("echo '[]'", "does not behave like Python 3.6 or newer"),
    ],
)
def test_what_is_no_python_is_one_message(script: str | None, message: str, tmp_path: Path) -> None:
    program = tmp_path / "python"
    if script:
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    with pytest.raises(TargetError, match=message) as caught:
        interpreter.of_executable(str(program))
    assert caught.value.hint


def test_an_environment_is_not_another_environment_of_the_same_python(tmp_path: Path) -> None:
    target = interpreter.running()
    assert interpreter.is_interpreter(target, sys.executable)
    assert interpreter.is_interpreter(target, str(target.base_executable))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(str(target.base_executable))
    assert not interpreter.is_interpreter(target, str(tmp_path / "bin" / "python"))
    assert not interpreter.is_interpreter(target, "/nowhere/python")
