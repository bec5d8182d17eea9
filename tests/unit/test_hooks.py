"""The hooks and a plan on a real crate, without a compile: mistakes, and what is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples import example
from support.verbs import module


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return example("hello", tmp_path)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('abi4 = "off"', "unknown key 'abi4'"),
        ("abi3 = 3.9", "abi3 must be a string"),
        ('features = ["serd"]', "has no feature 'serd'"),
        ('expect = ["cp311-abi3"]', "`expect` does not list"),
        ("abi3 = ", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_message_with_its_place_and_no_traceback(hello: Path, lines: str, message: str) -> None:
    file = hello / "pyproject.toml"
    file.write_text(file.read_text() + lines + "\n")
    at = len(file.read_text().splitlines())
    call = "import pyo3_features_backend as b; b.build_wheel('.')"
    result = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert message in result.stderr
    assert f"pyproject.toml:{at}: " in result.stderr
    assert "help: " in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(hello.glob("*.whl"))


def test_a_pyo3_python_that_is_another_interpreter_is_an_error(hello: Path) -> None:
    result = module(["pyo3_features_backend", "explain"], hello, PYO3_PYTHON="/nowhere/python")
    assert result.returncode == 1
    assert "PYO3_PYTHON=/nowhere/python contradicts" in result.stderr


def test_explain_prints_the_plan_as_json_and_leaves_the_tree_alone(hello: Path) -> None:
    (hello / "Cargo.lock").unlink()
    before = sorted(hello.rglob("*"))
    result = module(["pyo3_features_backend", "explain", "--json"], hello)
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["wheel"] == {"python_tag": "cp39", "abi_tag": "abi3"}
    assert facts["features"] == ["pyo3/abi3-py39"]
    assert facts["env"] == {"PYO3_BUILD_EXTENSION_MODULE": "1"}
    assert sorted(hello.rglob("*")) == before


def test_the_delegate_is_asked_for_unless_it_is_named(hello: Path) -> None:
    call = "import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
    asked = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=True).stdout
    assert "maturin>=1.14" in asked
    file = hello / "pyproject.toml"
    file.write_text(file.read_text().replace('"pyo3-features-backend"]', '"pyo3-features-backend", "maturin"]'))
    asked = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=True).stdout
    assert "maturin" not in asked
