"""The hooks without a compile: a mistake is one message, before cargo is called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.builds import Build
from support.examples import example


def test_a_bad_configuration_file_stops_the_build_before_cargo(build: Build, tmp_path: Path) -> None:
    file = tmp_path / "pyo3.txt"
    file.write_text("version=3.14\nshared\n")
    for project in ("hello", "setuptools"):
        result = build(example(project, tmp_path), PYO3_CONFIG_FILE=str(file))
        assert result.returncode == 1
        assert f"{file}:2: 'shared' is not key=value" in result.stderr
        assert "help: " in result.stderr
        assert "Traceback" not in result.stderr
        assert "Compiling" not in result.stderr


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
