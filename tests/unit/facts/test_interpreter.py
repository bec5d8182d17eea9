"""The facts of the running Python and of others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


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
