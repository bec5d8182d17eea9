"""maturin underneath: what the user says to it is read, and what is missing is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.delegates.maturin import parse
from support.examples import example
from support.files import append
from support.verbs import explain

OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"


@pytest.mark.parametrize(
    "given",
    [
        {"maturin.build-args": "--features a,b -Fc --locked --target=x --config k=1 -- -C debuginfo=0"},
        {
            "build-args": [
                "-F",
                "a b",
                "--features=c",
                "--locked",
                "--target",
                "x",
                "--config=k=1",
                "--",
                "-C",
                "debuginfo=0",
            ]
        },
    ],
)
def test_build_arguments_are_read_in_every_form(given: dict[str, str | list[str]]) -> None:
    arguments = parse(given, {})
    assert arguments.features == ("a", "b", "c")
    assert arguments.values == {"--target": "x"}
    assert arguments.config == ("k=1",)
    assert arguments.rest == ("--locked", "--", "-C", "debuginfo=0")


def test_config_settings_add_to_the_environments_arguments_and_win_over_them() -> None:
    arguments = parse(
        {"maturin.build-args": "--profile dev"}, {"MATURIN_PEP517_ARGS": "--locked --profile release -F x"}
    )
    assert arguments.values == {"--profile": "dev"}
    assert arguments.features == ("x",)
    assert "--locked" in arguments.flags


def test_a_conditional_maturin_feature_is_the_floor_that_the_author_promised(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(
        project,
        "pyproject.toml",
        '[tool.maturin]\nfeatures = [{ feature = "pyo3/abi3-py312", python-version = ">=3.12" }]\n',
    )
    facts = json.loads(explain(project).stdout)
    digits = "cp312" if sys.version_info >= (3, 12) else OWN
    assert facts["wheel"]["python_tag"] == digits


def test_a_hard_coded_abi3_against_off_is_an_error_with_its_line_and_a_warning_from_outside(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    manifest = (project / "Cargo.toml").read_text()
    (project / "Cargo.toml").write_text(manifest.replace('"0.30"', '{ version = "0.30", features = ["abi3-py39"] }'))
    result = explain(project, PYO3_FEATURES_BACKEND_ABI3="off")
    facts = json.loads(result.stdout)
    assert (result.returncode, facts["wheel"]["python_tag"]) == (0, "cp39")
    assert [(problem["code"], problem["severity"]) for problem in facts["problems"]] == [("PFB120", "warning")]
    append(project, "pyproject.toml", 'abi3 = "off"\n')
    result = explain(project)
    (problem,) = json.loads(result.stdout)["problems"]
    assert result.returncode == 1
    assert (problem["file"], problem["code"]) == ("pyproject.toml", "PFB120")
    assert "Cargo.toml:11" in problem["hint"]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PATH": "/nonexistent"}, "is not installed"),
        ({"PYO3_CONFIG_FILE": "/tmp/x"}, "the PyO3 configuration file cannot be read"),
        ({"PYO3_CROSS_PYTHON_VERSION": "3.8"}, "PYO3_CROSS_PYTHON_VERSION=3.8 is for another platform"),
        ({"MATURIN_PEP517_ARGS": "--locked 'x"}, "cannot be read"),
    ],
)
def test_an_environment_that_cannot_work_is_one_message(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    result = explain(example("hello", tmp_path), **environment)
    assert result.returncode == 1
    assert message in result.stderr
    assert "help: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_delegate_is_one_message(tmp_path: Path) -> None:
    code = "import sys; sys.modules['maturin'] = None; import pyo3_features_backend as b; b.build_wheel('.')"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=example("hello", tmp_path), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "maturin is not installed" in result.stderr
    assert "Traceback" not in result.stderr


def test_without_cargo_puccinialin_is_asked_for_and_its_rust_is_used(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "puccinialin.py").write_text(
        f"def setup_rust():\n    print('set up')\n    return {{'PATH': {os.environ['PATH']!r}}}\n"
    )
    environment = {"PATH": str(tmp_path / "empty"), "PYTHONPATH": str(tmp_path)}
    code = "import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert "puccinialin" in asked.stdout
    result = explain(project, **environment)
    assert result.returncode == 0, result.stderr
    assert "set up" in result.stdout
    assert '"python_tag": "cp39"' in result.stdout
