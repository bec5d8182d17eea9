"""The environment that is printed: its interpreter, and that a shell can evaluate it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.rebuild import interpreter
from support.cargo_project import command, hello_with_a_test
from support.examples import example


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return hello_with_a_test(tmp_path)


def test_the_interpreter_has_the_name_that_builds_give_it(project: Path) -> None:
    facts = json.loads(command(project, "env", "--json", PYTHONPATH="/mine").stdout)
    builds = interpreter.environment(running(), {})
    if builds:  # in a virtual environment
        assert facts["PYO3_PYTHON"] == builds["PYO3_PYTHON"]
        assert facts["PYTHONPATH"] == builds["PYTHONPATH"]
        assert facts["PYO3_ENVIRONMENT_SIGNATURE"] == builds["PYO3_ENVIRONMENT_SIGNATURE"]
    assert Path(facts["PYO3_PYTHON"]).samefile(running().base_executable or sys.executable)


def test_a_shell_can_evaluate_it(project: Path) -> None:
    said = command(project, "env", PYTHONPATH="a b'c").stdout
    shell = subprocess.run(
        ["sh", "-c", f'{said}\nprintf "%s" "$PYO3_PYTHON"'], capture_output=True, text=True, check=True
    )
    assert Path(shell.stdout).is_file()


def test_the_environment_of_another_interpreter_is_the_one_that_it_would_give_itself(tmp_path: Path) -> None:
    project, folder = example("hello", tmp_path), tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    found = json.loads(command(project, "env", "--json", "--python", str(folder / "bin" / "python")).stdout)
    here = json.loads(command(project, "env", "--json").stdout)
    for name in ("PYO3_PYTHON", "PYO3_ENVIRONMENT_SIGNATURE"):
        assert found[name] == here[name]
    assert str(folder) in found["PYTHONPATH"]
