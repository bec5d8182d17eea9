"""The text of a workflow: what each job does, and what tools say of it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.ci import Tool, Workflow
from pyo3_features_backend.author.ci import text as ci_text
from pyo3_features_backend.author.pythons import identifier
from pyo3_features_backend.model.settings import Settings
from support.matrices import matrix
from support.workflows import REQUIREMENT, jobs, scripts, using, workflow

FLAGS = "--build-option=--py-limited-api=cp39"
CASES = [workflow(matrix(Settings()), tool, FLAGS if tool == Tool.CIBUILDWHEEL else "--locked") for tool in Tool]
# What cibuildwheel 4.3 has no interpreter for; else each wheel is built on each platform.
NO_PYPY = ("musllinux", "win_arm64", "macosx_arm64")


@pytest.mark.parametrize("case", CASES, ids=[str(case.tool) for case in CASES])
def test_nothing_is_published_that_was_not_built_tested_and_audited(case: Workflow) -> None:
    found = jobs(ci_text.text(case))
    builds = [name for name in found if name not in ("sdist", "test", "audit", "publish")]
    assert found["audit"]["needs"] == builds
    assert found["test"]["needs"] == builds[0]
    assert found["publish"]["needs"] == ["sdist", "test", "audit"]
    assert found["publish"]["permissions"] == {"id-token": "write"}
    assert [name for name, job in found.items() if "permissions" in job] == ["publish"]
    assert "refs/tags/" in found["publish"]["if"]
    (step,) = using(found["publish"], "pypa/gh-action-pypi-publish")
    assert step["with"] == {"packages-dir": "dist", "attestations": True}


def test_each_wheel_is_tested_on_the_oldest_and_the_newest_python_that_it_serves() -> None:
    found = jobs(ci_text.text(CASES[0]))["test"]
    assert found["strategy"]["matrix"]["python"] == ["3.9", "3.15", "3.14t", "3.15t", "pypy3.11", "pypy3.12"]
    assert scripts(found)[-1]["run"] == "pytest"
    other = workflow(matrix(Settings()), Tool.MATURIN_ACTION, tests="pytest --import-mode=append")
    assert scripts(jobs(ci_text.text(other))["test"])[-1]["run"] == "pytest --import-mode=append"
    other = other._replace(tests="python -I -c 'import demo'")
    assert scripts(jobs(ci_text.text(other))["test"])[-1]["run"] == "python -I -c 'import demo'"


def test_the_audit_compares_with_the_plan_where_all_of_it_is_built() -> None:
    (step,) = scripts(jobs(ci_text.text(CASES[0]))["audit"])
    assert REQUIREMENT in step["run"]
    assert "audit --plan dist/*-manylinux*_x86_64.whl" in step["run"]
    lacking = CASES[0]._replace(left_out=CASES[0].calls[0].wheels)
    (step,) = scripts(jobs(ci_text.text(lacking))["audit"])
    assert "--plan" not in step["run"]
    assert "# Not built here, for maturin-action cannot: cp39-abi3" in ci_text.text(lacking)


@pytest.mark.parametrize("name", ["demo", 'a"b: {c}', "ä #x", "two\nlines", "${{ x }}"])
def test_a_name_with_signs_of_yaml_stays_one_value(name: str) -> None:
    found = ci_text.text(CASES[0]._replace(name=name))
    assert scripts(jobs(found)["test"])[0]["env"] == {"NAME": name}


@pytest.mark.parametrize("case", CASES, ids=[str(case.tool) for case in CASES])
def test_githubs_schema_and_a_linter_accept_it(case: Workflow, tmp_path: Path) -> None:
    file = tmp_path / ".github" / "workflows" / "wheels.yml"
    file.parent.mkdir(parents=True)
    file.write_text(ci_text.text(case), encoding="utf-8")
    ran = []
    if importlib.util.find_spec("check_jsonschema"):
        schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(file)]
        ran.append(subprocess.run([sys.executable, *schema], capture_output=True, text=True, check=False))
    if actionlint := shutil.which("actionlint"):
        ran.append(subprocess.run([actionlint, str(file)], capture_output=True, text=True, check=False))
    for result in ran:
        assert result.returncode == 0, result.stdout + result.stderr
    if not ran:
        pytest.skip("not run: neither check-jsonschema nor actionlint is installed")


def test_zizmor_finds_nothing_but_that_actions_are_named_by_version(tmp_path: Path) -> None:
    zizmor = shutil.which("zizmor") or shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if not zizmor:
        pytest.skip("not run: zizmor is not installed")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for case in CASES:
        (folder / f"{case.tool}.yml").write_text(ci_text.text(case), encoding="utf-8")
    command = [zizmor, "--offline", "--no-progress", "--format", "json", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert {finding["ident"] for finding in json.loads(result.stdout)} == {"unpinned-uses"}


def identifiers(row: dict[str, str], step: dict[str, dict[str, str]], folder: Path) -> list[str]:
    """What cibuildwheel says that it builds in a step on a row's runner."""
    env = {name: value for name, value in step["env"].items() if "{{" not in value and "LINUX" not in name}
    platform = {"ubuntu": "linux", "window": "windows", "macos-": "macos"}[row["os"][:6]]
    words = ["--print-build-identifiers", "--platform", platform, "--archs", row["archs"], "--allow-empty", str(folder)]
    result = subprocess.run(
        [sys.executable, "-m", "cibuildwheel", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **env},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.split()


@pytest.mark.parametrize("number", range(6))
def test_cibuildwheel_builds_the_wheels_of_the_matrix_and_no_other(number: int, tmp_path: Path) -> None:
    if not importlib.util.find_spec("cibuildwheel"):
        pytest.skip("not run: cibuildwheel is not installed")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "demo"\nversion = "1"\nrequires-python = ">=3.9"\n')
    case = CASES[1]
    job = jobs(ci_text.text(case))["wheels"]
    row = job["strategy"]["matrix"]["include"][number]
    built = [
        (python, platform)
        for step in using(job, "pypa/cibuildwheel")
        for python, _, platform in (found.partition("-") for found in identifiers(row, step, tmp_path))
    ]
    assert len(set(built)) == len(built)
    wanted = {identifier(wheel.build_with) for call in case.calls for wheel in call.wheels}
    for platform in {platform for _, platform in built}:
        here = {python for python in wanted if python.startswith("cp") or not platform.startswith(NO_PYPY)}
        assert {python for python, where in built if where == platform} == here
    assert built


def test_what_cibuildwheel_is_told_of_one_wheel_it_is_not_told_of_the_others() -> None:
    steps = using(jobs(ci_text.text(CASES[1]))["wheels"], "pypa/cibuildwheel")
    told = [(step["env"]["CIBW_BUILD"], step["env"].get("CIBW_CONFIG_SETTINGS")) for step in steps]
    assert told == [("cp39-*", FLAGS), ("cp314t-* cp315t-* pp311-* pp312-*", None)]
    assert "CIBW_BEFORE_ALL_LINUX" in steps[0]["env"]
    own = jobs(ci_text.text(CASES[1]._replace(rust_by_project=True)))["wheels"]
    assert "CIBW_BEFORE_ALL_LINUX" not in using(own, "pypa/cibuildwheel")[0]["env"]
