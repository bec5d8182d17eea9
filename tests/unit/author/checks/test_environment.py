"""Variables that change or stop a build, in the environment and in the configuration of cargo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import check
from support.checks import codes, found, the
from support.files import add, replace
from support.targets import cpython_here


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"PYO3_PYTHON": "/none/python3"}, "PFB261"),
        ({"PYO3_PYTHON": sys.executable}, None),
        ({"PYO3_PYTHON": ""}, None),
        ({"PYO3_PRINT_CONFIG": "1"}, "PFB261"),
        ({"PYO3_CONFIG_FILE": "/some/file"}, "PFB260"),
        ({"PYO3_CROSS_LIB_DIR": "/lib"}, "PFB261"),
        ({"PYO3_CROSS_LIB_DIR": "/lib", "CARGO_BUILD_TARGET": "aarch64-unknown-linux-gnu"}, "PFB260"),
        ({"PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "1"}, "PFB260"),
        ({"PYO3_ENVIRONMENT_SIGNATURE": "x"}, None),
        ({"PYO3_FEATURES_BACKEND_ABI3": "off"}, None),
    ],
)
def test_a_variable_of_the_environment(hello: Path, environ: dict[str, str], code: str | None) -> None:
    problems = check(hello, cpython_here("3.12"), environ)
    assert [problem.code for problem in problems] == ([code] if code else [])
    for problem in problems:
        assert str(problem.place) == f"${next(iter(environ))}"


def test_a_variable_that_stops_builds_does_not_stop_the_other_checks(
    hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYO3_PYTHON", "/none/python3")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.10"')
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "3.9"\n')
    assert [problem.code for problem in check(hello)] == ["PFB261", "PFB241"]
    assert os.environ["PYO3_PYTHON"] == "/none/python3"


def test_a_setting_in_the_environment_counts(hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_ABI3", "off")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', "")
    assert [problem.code for problem in check(hello)] == ["PFB240"]


@pytest.mark.parametrize(
    ("entry", "overrides"),
    [
        ('PYO3_PYTHON = "python3.9"', False),
        ('PYO3_PYTHON = { value = "python3.9", force = true }', True),
        ('PYO3_BUILD_EXTENSION_MODULE = "1"', False),
        ('PYO3_CONFIG_FILE = { value = "pyo3.txt", relative = true }', True),
        ('PYO3_ENVIRONMENT_SIGNATURE = "x"', False),
        ('OTHER = "1"', False),
    ],
)
def test_cargos_configuration(hello: Path, entry: str, overrides: bool) -> None:
    add(hello / ".cargo" / "config.toml", f"[build]\nrustflags = []\n\n[env]\n{entry}\n")
    if overrides:
        the(hello, "PFB262", ".cargo/config.toml:5", entry.split()[0])
    else:
        assert codes(hello) == []


def test_what_the_env_verb_writes_for_cargo_is_no_finding(hello: Path) -> None:
    words = [sys.executable, "-m", "pyo3_features_backend", "env", "--format", "cargo-config", "-C", str(hello)]
    written = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert "PYO3_PYTHON" in written
    add(hello / ".cargo" / "config.toml", written)
    assert codes(hello) == []


def test_a_broken_cargo_configuration_has_its_own_line(hello: Path) -> None:
    add(hello / ".cargo" / "config.toml", "[env\n")
    assert [str(problem.place) for problem in found(hello, "PFB220")][-1] == ".cargo/config.toml:1"
