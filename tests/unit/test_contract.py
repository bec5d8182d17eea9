"""What front ends may count on without a compile: what a hook must not do, and its one message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.examples import example
from support.files import append
from support.pythons import needed
from support.verbs import explain


def loud_cargo(folder: Path) -> str:
    """A PATH on which cargo and rustc leave a file behind when they run."""
    folder.mkdir()
    for name in ("cargo", "rustc"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {folder}/ran\nexit 1\n")
        (folder / name).chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


def test_the_requirement_hooks_run_no_cargo_and_import_no_delegate(tmp_path: Path) -> None:
    code = (
        "import sys, pyo3_features_backend as b\n"
        "for kind in ('wheel', 'editable', 'sdist'): getattr(b, 'get_requires_for_build_' + kind)()\n"
        "print(sorted({'maturin', 'packaging', 'dataclasses', 'inspect', 'zipfile'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=example("hello", tmp_path),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": loud_cargo(tmp_path / "bin")},
    )
    assert result.stdout.strip() == "[]"
    assert not (tmp_path / "bin" / "ran").exists()


def test_a_rustc_older_than_the_crate_asks_for_is_an_error(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("edition", 'rust-version = "1.999"\nedition'))
    (problem,) = json.loads(explain(project).stdout)["problems"]
    assert "is older than 1.999, which the crate hello-pyo3 needs" in problem["message"]


def test_a_python_that_pyo3_does_not_support_is_an_error_with_a_release_that_does(tmp_path: Path) -> None:
    result = explain(example("hello", tmp_path), "--python", needed("3.8"))
    assert result.returncode == 1
    (problem,) = json.loads(result.stdout)["problems"]
    assert "does not support CPython 3.8" in problem["message"]
    assert problem["hint"] == "PyO3 0.29 does"


@pytest.mark.parametrize("version", ["3.10", "3.13"])
def test_another_interpreter_is_honoured_wherever_it_is_named(tmp_path: Path, version: str) -> None:
    project, python = example("hello", tmp_path), needed(version)
    digits = "cp" + version.replace(".", "")
    given = explain(project, MATURIN_PEP517_ARGS=f"-i{python}", PYO3_FEATURES_BACKEND_ABI3="off")
    assert json.loads(given.stdout)["wheel"] == {"python_tag": digits, "abi_tag": digits}
    asked = explain(project, "--python", python, PYO3_FEATURES_BACKEND_ABI3="off")
    assert json.loads(asked.stdout)["wheel"] == {"python_tag": digits, "abi_tag": digits}


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Cargo.toml", None, "there is no Cargo.toml"),
        ("Cargo.toml", "[package", "cargo metadata"),
        (
            "Cargo.toml",
            '[package]\nname = "x"\nversion = "0.1.0"\n',
            "is a setting for PyO3, but crate x does not use PyO3",
        ),
        ("pyproject.toml", None, "there is no pyproject.toml"),
        ("pyproject.toml", b"\xff", "not UTF-8"),
        ("pyproject.toml", "project = 3\n", "[project] must be a table"),
        ("pyproject.toml", '[project]\nrequires-python = "3"\n', "not a version specifier"),
        ("pyproject.toml", "[tool.maturin]\nfeatures = [3]\n", "features must be a list"),
    ],
)
def test_a_broken_project_is_one_message(tmp_path: Path, file: str, text: str | bytes | None, message: str) -> None:
    project = example("conversions", tmp_path)
    (project / file).unlink()
    if text is not None:
        (project / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    result = explain(project)
    assert result.returncode == 1
    assert message in result.stderr + result.stdout
    assert "Traceback" not in result.stderr


def test_two_delegates_at_one_level_are_an_error(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(project, "pyproject.toml", "[tool.maturin]\n[tool.setuptools-rust]\n")
    assert "both maturin and setuptools-rust are named" in explain(project).stderr


def test_settings_go_by_precedence_and_overrides_by_their_condition(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(
        project,
        "pyproject.toml",
        'abi3 = "off"\n\n[[tool.pyo3-features-backend.overrides]]\nif = { implementation = "pypy" }\nabi3 = "3.10"\n\n'
        '[[tool.pyo3-features-backend.overrides]]\nif = { python-version = ">=3.9", platform = "linux" }\n'
        'abi3 = "3.9"\n',
    )
    assert json.loads(explain(project).stdout)["floor"] == "3.9"
    assert json.loads(explain(project, PYO3_FEATURES_BACKEND_ABI3="off").stdout)["floor"] is None
    (warned,) = json.loads(explain(project, PYO3_FEATURES_BACKEND_ABI33="off").stdout)["problems"]
    assert warned["hint"] == "did you mean PYO3_FEATURES_BACKEND_ABI3?"
