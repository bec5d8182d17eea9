"""The audit of wheels from PyPI: of each format, of several backends, and held against abi3audit."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.corpus import WHEELS, fetch_wheel
from support.verbs import module

pytestmark = pytest.mark.corpus

pytest.importorskip("abi3info")
ZENOH = next(name for name in WHEELS if name.startswith("eclipse_zenoh"))
LIBRARIES = next(name for name in WHEELS if name.startswith("pycryptodome"))


def test_a_wheel_that_needs_a_symbol_which_its_python_lacks(tmp_path: Path) -> None:
    path = fetch_wheel(ZENOH, tmp_path)
    result = module(["pyo3_features_backend", "audit", path.name], tmp_path)
    assert result.returncode == 1
    file = "zenoh/zenoh.cpython-38-x86_64-linux-gnu.so"
    assert f"error[PFB343]: {ZENOH}: {file} needs PyCMethod_New (since 3.9)" in result.stdout


@pytest.mark.parametrize("name", sorted(set(WHEELS) - {ZENOH}))
def test_a_good_wheel_has_no_problem_and_abi3audit_sees_the_same(name: str, tmp_path: Path) -> None:
    path = fetch_wheel(name, tmp_path)
    result = module(["pyo3_features_backend", "audit", "--json", str(path)], tmp_path)
    (found,) = json.loads(result.stdout)["wheels"]
    assert result.returncode == 0
    assert [problem["code"] for problem in found["problems"]] == (["PFB321"] if name == LIBRARIES else [])
    assert found["modules"] and found["symbols"]
    if name != LIBRARIES:
        assert sum(each["count"] for each in found["symbols"]) > 10
        assert all(module["entry_points"] for module in found["modules"])
    pytest.importorskip("abi3audit")
    if "-abi3-" not in name:
        return
    command = [sys.executable, "-m", "abi3audit", "--report", str(path)]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
    for each in report["specs"][str(path)]["wheel"]:
        # It takes the functions that a file defines for its own use for Python's.
        foreign = {"PySass_init_module", "PySass_make_enum_dict"}
        assert set(each["result"]["non_abi3_symbols"]) - foreign == set()
        assert each["result"]["is_abi3_baseline_compatible"]
