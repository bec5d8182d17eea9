"""The environment that is printed: its interpreter, and that a shell can evaluate it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.cli import env
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


NASTY = "a b'c \\ \\' $HOME `x` \"q\" %d \u2019 ü"


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
def test_each_shell_reads_back_the_value(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"not run: {shell} is not installed")
    line = env.assignment(shell, "OURS", NASTY)
    said = subprocess.run(
        [shell, "-c", f"{line}\nenv"],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert f"OURS={NASTY}" in said.stdout.splitlines()


def test_a_string_of_fish_knows_two_escapes() -> None:
    assert env.assignment("fish", "X", "a'b\\c $d") == "set -gx X 'a\\'b\\\\c $d'"


def test_a_string_of_powershell_ends_at_its_own_quote_alone() -> None:
    assert env.assignment("powershell", "X", "a'b\u2019c $d") == "$env:X = 'a''b\u2019\u2019c $d'"


def test_the_shell_is_an_option(project: Path) -> None:
    for shell, start in (("fish", "set -gx PYO3_PYTHON '"), ("powershell", "$env:PYO3_PYTHON = '")):
        assert any(row.startswith(start) for row in command(project, "env", "--shell", shell).stdout.splitlines())


def test_the_environment_of_another_interpreter_is_the_one_that_it_would_give_itself(tmp_path: Path) -> None:
    project, folder = example("hello", tmp_path), tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    found = json.loads(command(project, "env", "--json", "--python", str(folder / "bin" / "python")).stdout)
    here = json.loads(command(project, "env", "--json").stdout)
    for name in ("PYO3_PYTHON", "PYO3_ENVIRONMENT_SIGNATURE"):
        assert found[name] == here[name]
    assert str(folder) in found["PYTHONPATH"]
