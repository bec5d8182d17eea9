"""The plan as options of setuptools, and what the user says to bdist_wheel."""

from __future__ import annotations

from pathlib import Path

import pytest
from setuptools import Distribution

from pyo3_features_backend.delegates import setuptools_rust
from pyo3_features_backend.delegates.setuptools_rust import Instruction
from pyo3_features_backend.errors import DelegateError
from pyo3_features_backend.facts.project import Project
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi
from support.readers import project_of
from support.targets import cpython

PLAN = Plan(Abi.ABI3, (3, 9), ("pyo3/abi3-py39",), {"A": "1"}, ("cp39", "abi3"), "", ())
OWN = PLAN._replace(abi=Abi.VERSION_SPECIFIC, floor=None, features=(), wheel=("cp312", "cp312"))


@pytest.mark.parametrize(
    ("wheel", "plans", "expected"),
    [
        (PLAN, [PLAN, None], Instruction("cp39", False, (("pyo3/abi3-py39",), None), {"A": "1"})),
        (OWN, [OWN], Instruction(False, False, ((),), {"A": "1"})),
        (OWN._replace(wheel=None), [OWN._replace(wheel=None)], Instruction(None, False, (None,), {"A": "1"})),
    ],
)
def test_a_plan_that_setuptools_can_make_itself_is_options_alone(
    wheel: Plan, plans: list[Plan | None], expected: Instruction
) -> None:
    assert setuptools_rust.instruction(wheel, plans) == expected


def test_a_wheel_for_a_python_that_cannot_run_here_has_its_tag_and_suffix() -> None:
    target = cpython(12)._replace(platform="macosx-11.0-arm64", system="darwin", cross_triple="aarch64-apple-darwin")
    found = setuptools_rust.instruction(PLAN, [PLAN], target)
    assert (found.tag, found.suffix) == (("cp39", "abi3", "macosx_11_0_arm64"), ".abi3.so")
    here = setuptools_rust.instruction(OWN, [OWN], target._replace(cross_triple=None))
    assert (here.tag, here.suffix) == (("cp312", "cp312", None), ".cpython-312-darwin.so")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "setup.py").write_text("# first\nsetup(py_limited_api=X)\n")
    return project_of(tmp_path, "")


@pytest.mark.parametrize(
    ("given", "option", "file", "expected"),
    [
        (False, None, None, None),
        ("cp39", None, None, "3.9 setup.py:2"),
        (False, "cp310", None, "3.10 setup.py:2"),
        ("cp39", "False", None, "3.9 setup.py:2"),
        (False, "cp311", "[metadata]\n[bdist_wheel]\npy-limited-api = cp311\n", "3.11 setup.cfg:3"),
    ],
)
def test_py_limited_api_is_read_with_its_place(
    given: object, option: str | None, file: str | None, expected: str | None, project: Project
) -> None:
    distribution = Distribution()
    config = project.root / "setup.cfg"
    if file:
        config.write_text(file)
    if option:
        distribution.get_option_dict("bdist_wheel")["py_limited_api"] = (
            str(config) if file else "setup script",
            option,
        )
    found = setuptools_rust._limited(distribution, project, given, None)
    assert (f"{found[0][0]}.{found[0][1]} {found[1]}" if found else None) == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--py-limited-api=cp39", "cp39"),
        ("-v --py_limited_api cp310", "cp310"),
        (["--py-limited-api", "cp311"], "cp311"),
        (["--py-limited-api"], None),
        ("--plat-name x", None),
        ("", None),
    ],
)
def test_a_build_option_wins_over_the_files(option: str | list[str], expected: str | None, project: Project) -> None:
    found = setuptools_rust._limited(Distribution(), project, False, {"--build-option": option})
    assert (found and f"cp{found[0][0]}{found[0][1]} {found[1]}") == (
        expected and f"{expected} config setting --build-option"
    )


def test_a_floor_that_is_none_is_an_error_with_its_line(project: Project) -> None:
    for value in ("cp2.7", "abi3", "cp39 "):
        with pytest.raises(DelegateError, match=rf"setup\.py:2: py_limited_api = {value} is not valid"):
            setuptools_rust._limited(Distribution(), project, value, None)


def test_a_distribution_without_rust_is_an_error(project: Project) -> None:
    with pytest.raises(DelegateError, match="the project declares no Rust extension") as caught:
        setuptools_rust.read(Distribution(), project, False, None)
    assert str(caught.value.place) == "setup.py:2"


@pytest.mark.parametrize(
    "code",
    [
        "from setuptools import setup\nfrom helper import extensions\nsetup(**extensions())\n",
        "import os\nimport helper as build\nsetup(**build.extensions())\n",
        "exec(open('common.py').read())\n",
        "extensions = __import__('helper').rust\nsetup(rust_extensions=extensions)\n",
    ],
)
def test_a_setup_py_that_runs_other_code_can_leave_rust_out(project: Project, code: str) -> None:
    (project.root / "setup.py").write_text(code)
    assert setuptools_rust.read(Distribution(), project, False, None).extensions == ()


def test_a_setup_py_of_setuptools_alone_declares_none(project: Project) -> None:
    (project.root / "setup.py").write_text("import setuptools\nfrom setuptools.command import sdist\nsetup()\n")
    with pytest.raises(DelegateError, match="the project declares no Rust extension"):
        setuptools_rust.read(Distribution(), project, False, None)


def test_an_installed_version_is_compared_by_number() -> None:
    assert setuptools_rust.older("setuptools", "77") is None
    assert setuptools_rust.older("setuptools", "9999") is not None
    with pytest.raises(DelegateError, match="no-such-package is not installed"):
        setuptools_rust.older("no-such-package", "1")
