"""The plan of a project as the command prints it, and each way in which there is none."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from support.examples import example
from support.files import append
from support.pythons import needed
from support.verbs import explain, module


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


OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"


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
        ({"PYO3_CONFIG_FILE": "/nowhere/x"}, "the PyO3 configuration file cannot be read"),
        ({"PYO3_CROSS_PYTHON_VERSION": "3.8"}, "PYO3_CROSS_PYTHON_VERSION=3.8 is for cross-compiling"),
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


def test_explain_prints_no_plan_for_a_python_that_is_not_supported(tmp_path: Path) -> None:
    project, python = example("hello", tmp_path), needed("3.8")
    result = module(["pyo3_features_backend", "explain", "--python", python], project)
    assert result.returncode == 1
    (first, hint) = result.stdout.splitlines()
    assert first.startswith("error[PFB140]: Cargo.toml:11: PyO3 0.30.1 does not support CPython 3.8")
    assert hint == "  help: PyO3 0.29 does"


def test_a_project_without_a_name_is_called_after_its_crate(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    project = project.rename(tmp_path / "some-folder")
    (project / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "pyo3_features_backend"\n')
    said = module(["pyo3_features_backend", "explain"], project).stdout
    assert " for hello-pyo3 (" in said
    assert "some-folder" not in said


@pytest.mark.parametrize("name", ["hello", "setuptools"])
def test_the_plan_for_another_platform_is_that_of_a_cross_build(name: str, tmp_path: Path) -> None:
    project = example(name, tmp_path)
    found = json.loads(explain(project, "--target", "aarch64-apple-darwin").stdout)
    assert found["target"]["platform"] == "macosx-11.0-arm64"
    assert found["wheel"] == {"python_tag": "cp39", "abi_tag": "abi3"}
    version = {"PYO3_CROSS_PYTHON_VERSION": "3.14t"}
    threaded = json.loads(explain(project, "--target", "x86_64-pc-windows-msvc", **version).stdout)
    assert (threaded["target"]["platform"], threaded["wheel"]["abi_tag"]) == ("win-amd64", "cp314t")
    assert "CARGO_BUILD_TARGET" not in os.environ


@pytest.mark.parametrize(
    ("triple", "arguments", "message", "hint"),
    [
        ("aarch64-apple-darwn", "", "rustc has no target aarch64-apple-darwn", "did you mean aarch64-apple-darwin"),
        ("?", "", "rustc has no target ?", "`rustc --print target-list` has all of them"),
        (
            "aarch64-apple-darwin",
            "--target i686-pc-windows-msvc",
            "the build is for i686-pc-windows-msvc, not for aarch64-apple-darwin",
            "--target in maturin's build arguments",
        ),
    ],
)
def test_a_target_that_cannot_be_is_told(triple: str, arguments: str, message: str, hint: str, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    result = explain(project, "--target", triple, MATURIN_PEP517_ARGS=arguments)
    (problem,) = json.loads(result.stdout)["problems"]
    assert (result.returncode, problem["message"]) == (1, message)
    assert result.stderr.startswith(f"error: {message}\n  help: {hint}")


def test_quiet_is_the_line_of_a_build_and_verbose_names_what_is_run(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    full = module(["pyo3_features_backend", "-v", "explain"], project)
    quiet = module(["pyo3_features_backend", "explain", "-q"], project)
    assert quiet.stdout.splitlines() == full.stdout.splitlines()[:1]
    assert quiet.stderr == ""
    assert "running: rustc -vV\n" in full.stderr and "running: cargo metadata " in full.stderr
