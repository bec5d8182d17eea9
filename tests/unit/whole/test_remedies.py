"""The right remedy: what is odd about a project is said by a build and by ``check``, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.bad_inputs import Row, run
from support.examples import example
from support.files import append, replace
from support.verbs import module

DELEGATE = """
def build_wheel(folder, settings=None, metadata=None):
    print("reached the delegate")
    raise SystemExit(1)
"""


def problems(project: Path, *arguments: str, **environment: str) -> list[dict[str, object]]:
    result = module(["pyo3_features_backend", "explain", "--json", *arguments], project, **environment)
    found: list[dict[str, object]] = json.loads(result.stdout)["problems"]
    return found


def findings(project: Path) -> list[dict[str, object]]:
    result = module(["pyo3_features_backend", "check", "--json"], project)
    found: list[dict[str, object]] = json.loads(result.stdout)["problems"]
    return found


def built(tmp_path: Path, project: Path) -> str:
    """What a build says before it reaches the delegate."""
    row = Row("", "", modules={"maturin/__init__.py": DELEGATE}, calls=("build_wheel",))
    (call,) = run(tmp_path, row, project)
    assert "reached the delegate" in call.said
    return call.said


@pytest.mark.parametrize("name", ["pyo3-feature-backend", "pyo3-features", "pyo3-backend", "pyo3-features-backends"])
def test_a_table_with_nearly_our_name_is_a_warning_everywhere(tmp_path: Path, name: str) -> None:
    project = example("hello", tmp_path)
    append(project, "pyproject.toml", f'\n[tool.{name}]\nabi3 = "off"\n')
    for found in (problems(project), findings(project)):
        (problem,) = [each for each in found if each["code"] == "PFB100"]
        assert (problem["severity"], problem["file"], problem["line"]) == ("warning", "pyproject.toml", 13)
        assert problem["message"] == f"[tool.{name}] is not a table of this backend"
        assert problem["hint"] == "did you mean [tool.pyo3-features-backend]?"
    assert f"pyproject.toml:13: [tool.{name}] is not a table of this backend" in built(tmp_path, project)


@pytest.mark.parametrize("name", ["pyo3-stubgen", "pyo3-build-config", "maturin-import-hook", "pdm", "pyo3"])
def test_a_table_of_another_tool_is_none(tmp_path: Path, name: str) -> None:
    project = example("hello", tmp_path)
    append(project, "pyproject.toml", f"\n[tool.{name}]\n")
    assert problems(project) == []


def test_a_module_name_that_no_pymodule_answers_is_a_warning_everywhere(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(project, "pyproject.toml", '\n[tool.maturin]\nmodule-name = "hello._native"\n')
    for found in (problems(project), findings(project)):
        (problem,) = [each for each in found if each["code"] == "PFB103"]
        assert (problem["severity"], problem["file"], problem["line"]) == ("warning", "pyproject.toml", 14)
        assert problem["message"] == (
            "Python imports the module as _native, but no #[pymodule] has that name: there is hello_pyo3 (src/lib.rs:8)"
        )
    assert "no #[pymodule] has that name" in built(tmp_path, project)
    replace(project / "src" / "lib.rs", "#[pymodule]\n", '#[pymodule]\n#[pyo3(name = "_native")]\n')
    assert problems(project) == []


def test_without_a_module_name_it_is_that_of_the_library(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    replace(project / "Cargo.toml", 'name = "hello_pyo3"', 'name = "other"')
    (problem,) = problems(project)
    assert (problem["code"], problem["file"]) == ("PFB103", "Cargo.toml")
    assert "Python imports the module as other" in str(problem["message"])


def test_the_name_of_an_extension_of_setuptools_is_compared_too(tmp_path: Path) -> None:
    project = example("setuptools", tmp_path)
    assert problems(project) == []
    replace(project / "pyproject.toml", 'target = "mixed._native"', 'target = "mixed._other"')
    (problem,) = problems(project)
    assert problem["code"] == "PFB103"
    assert (problem["file"], "imports the module as _other" in str(problem["message"])) == ("pyproject.toml", True)


def test_sources_that_use_a_pyo3_that_is_not_there_are_a_warning_everywhere(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    replace(project / "Cargo.toml", 'pyo3 = "0.30"\n', "")
    (project / "Cargo.lock").unlink()
    for found in (problems(project), findings(project)):
        (problem,) = [each for each in found if each["code"] == "PFB102"]
        assert (problem["severity"], problem["file"], problem["line"]) == ("warning", "src/lib.rs", 1)
    append(project, "pyproject.toml", '\n[tool.maturin]\nbindings = "cffi"\n')
    assert problems(project) == []


def test_poetrys_python_gives_no_floor_where_maturin_builds(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    replace(project / "pyproject.toml", 'requires-python = ">=3.9"\n', "")
    append(project, "pyproject.toml", '\n[tool.poetry.dependencies]\npython = "^3.10"\n')
    (problem,) = problems(project)
    assert problem["code"] == "PFB130"
