"""The action at the root of the repository: what its metadata says, and its steps in a shell."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.examples import EXAMPLES, ROOT
from support.workflows import bash

FILE = ROOT / "action.yml"
ACTION: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}


@pytest.fixture
def command(tmp_path: Path) -> str:
    """A PATH with pyo3-features of this tree first, as the first step leaves it."""
    folder = tmp_path / "command"
    folder.mkdir()
    script = folder / "pyo3-features"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m pyo3_features_backend "$@"\n')
    script.chmod(0o755)
    return f"{folder}:{Path(sys.executable).parent}:/usr/bin:/bin"


def step(name: str, folder: Path, path: str, **inputs: str) -> tuple[subprocess.CompletedProcess[str], dict[str, str]]:
    """A step with inputs, over the defaults of the metadata; (how it ended, its outputs)."""
    values = {key: given.get("default", "") for key, given in ACTION["inputs"].items()} | inputs
    environment = {
        variable: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda found: str(values[found[1]]), text)
        for variable, text in STEPS[name]["env"].items()
    }
    output = folder / "output"
    output.touch()
    rust = {"PATH": path + f":{Path.home()}/.cargo/bin"}
    ended = bash(STEPS[name]["run"], folder, GITHUB_OUTPUT=str(output), **{**environment, **rust})
    return ended, dict(line.split("=", 1) for line in output.read_text().splitlines())


def test_githubs_schema_accepts_it() -> None:
    if not importlib.util.find_spec("check_jsonschema"):
        pytest.skip("not run: check-jsonschema is not installed")
    schema = ["check_jsonschema", "--builtin-schema", "vendor.github-actions", str(FILE)]
    result = subprocess.run([sys.executable, "-m", *schema], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_input_is_put_into_a_script() -> None:
    for each in STEPS.values():
        assert "${{" not in each["run"]
        assert each["shell"] == "bash"


def test_each_input_is_used_and_each_output_is_made() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    made = set(re.findall(r"(?m)^ +echo \"([\w-]+)=", STEPS["Plan"]["run"]))
    assert made == set(ACTION["outputs"])
    assert all(given["value"] == f"${{{{ steps.plan.outputs.{name} }}}}" for name, given in ACTION["outputs"].items())


def test_the_plan_is_in_the_outputs(tmp_path: Path, command: str) -> None:
    inputs = {"project": str(EXAMPLES / "hello"), "args-for": "maturin", "python": sys.executable}
    ended, outputs = step("Plan", tmp_path, command, **inputs)
    assert ended.returncode == 0, ended.stderr
    assert [row["wheel"] for row in json.loads(outputs["matrix"])["include"]][:2] == ["cp39-abi3", "cp314-cp314t"]
    assert outputs["cibw-build"].startswith("cp39-* cp314t-*")
    assert outputs["cibw-enable"] == "pypy"
    assert outputs["args"].endswith("--features pyo3/abi3-py39")


def test_a_project_that_cannot_be_planned_stops_the_job(tmp_path: Path, command: str) -> None:
    ended, outputs = step("Plan", tmp_path, command, project=str(tmp_path))
    assert (ended.returncode, outputs) == (1, {})
    assert "pyproject.toml" in ended.stderr


def test_the_audit_stops_the_job_for_what_is_no_wheel(tmp_path: Path, command: str) -> None:
    ended, _ = step("Audit", tmp_path, command, wheels="dist")
    assert ended.returncode == 2
    (tmp_path / "x; touch evil.whl").write_bytes(b"no zip")
    ended, _ = step("Audit", tmp_path, command, wheels="x; touch evil.whl")
    assert ended.returncode == 1
    assert not (tmp_path / "evil.whl").exists()
