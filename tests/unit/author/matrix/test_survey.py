"""The matrix of a project, from its files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3_features_backend.author.matrix.survey import of_project
from pyo3_features_backend.author.platforms import PLATFORMS
from pyo3_features_backend.errors import ProjectError
from support.examples import example
from support.files import replace
from support.setuptools_project import TABLE

REQUIRES = 'requires-python = ">=3.9"'


def labels(root: Path) -> list[str]:
    return [wheel.label for wheel in of_project(root)[1].wheels]


def test_the_facts_and_the_wheels_of_a_project(hello: Path) -> None:
    facts, matrix = of_project(hello)
    assert facts.name == "hello-pyo3"
    assert matrix.wheels[0].label == "cp39-abi3"
    assert {target.version for target in matrix.wheels[0].serves} >= {(3, 9), (3, 14)}
    replace(hello / "pyproject.toml", REQUIRES, 'requires-python = "==3.12.*"')
    assert all("312" in label for label in labels(hello))


def test_a_project_that_allows_no_python_is_an_error_with_its_place(hello: Path) -> None:
    replace(hello / "pyproject.toml", REQUIRES, 'requires-python = "<3"')
    with pytest.raises(ProjectError, match="allow no Python") as caught:
        of_project(hello)
    assert str(caught.value.place) == "pyproject.toml:8"


def test_bindings_without_pyo3_are_one_wheel_for_any_python(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', "")
    (hello / "Cargo.lock").unlink()
    assert labels(hello) == ["py3-none"]


def test_what_setup_py_says_of_the_pythons_counts(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    replace(root / "pyproject.toml", TABLE, "")
    replace(root / "pyproject.toml", "[project]\n", '[project]\ndynamic = ["classifiers"]\n')
    (root / "setup.py").write_text(
        "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
        'setup(classifiers=["Programming Language :: Python :: 3.12"],\n'
        'rust_extensions=[RustExtension("mixed._native")])\n'
    )
    served = {target.version for wheel in of_project(root)[1].wheels for target in wheel.serves}
    assert served == {(3, 12)}


def why_no_wheel(root: Path) -> set[str]:
    _, matrix = of_project(root)
    assert matrix.wheels == ()
    return {gap.reason for gap in matrix.gaps}


def test_an_optional_extension_that_cannot_be_built_is_a_gap_with_the_reason(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    replace(root / "pyproject.toml", 'target = "mixed._native"\n', 'target = "mixed._native"\noptional = true\n')
    (root / "Cargo.toml").write_text("[package")
    assert why_no_wheel(root) == {"the extension is optional, and cannot be built"}


def test_a_setup_py_that_leaves_rust_out_is_a_gap_with_the_reason(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    replace(root / "pyproject.toml", TABLE, "")
    (root / "setup.py").write_text("from setuptools import setup\nsetup(rust_extensions=[])\n")
    assert why_no_wheel(root) == {"setup.py declares no Rust extension for this build"}


def test_a_platform_has_its_own_dependencies_and_overrides(hello: Path) -> None:
    manifest = hello / "Cargo.toml"
    replace(manifest, 'pyo3 = "0.30"', "")
    with manifest.open("a", encoding="utf-8") as file:
        file.write('[target."cfg(target_os = \\"emscripten\\")".dependencies]\npyo3 = "0.30"\n')
    with (hello / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(
            '[[tool.pyo3-features-backend.overrides]]\nif = { platform = "emscripten" }\n'
            'expect = ["cp313-cp313", "cp314-cp314", "cp315-cp315"]\n'
        )
    replace(hello / "pyproject.toml", REQUIRES, 'requires-python = ">=3.13"')
    facts, matrix = of_project(hello, PLATFORMS["pyodide"])
    assert [wheel.label for wheel in matrix.wheels] == ["cp313-cp313", "cp314-cp314", "cp315-cp315"]
    assert (matrix.gaps, facts.target.system) == ((), "emscripten")
    assert "CARGO_BUILD_TARGET" not in os.environ
    assert [wheel.label for wheel in of_project(hello, PLATFORMS["android"])[1].wheels] == ["py3-none"]
    replace(hello / "pyproject.toml", '">=3.13"', '"<3.12"')
    with pytest.raises(ProjectError, match="allow no Python of Pyodide"):
        of_project(hello, PLATFORMS["pyodide"])
