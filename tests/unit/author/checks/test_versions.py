"""Contradictions between requires-python, the classifiers, the floor and what PyO3 supports."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import check
from support.checks import built_by, codes, found, line, the
from support.examples import example
from support.files import add, replace
from support.setuptools_project import SETUP
from support.targets import cpython_here


def test_a_project_without_requires_python_is_told_once(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', "")
    codes = [problem.code for problem in check(hello, cpython_here("3.12"), {})]
    assert codes == ["PFB130"]
    add(hello / "pyproject.toml", "[tool.pyo3-features-backend.overrides]\n")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend.overrides]\n", "")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "off"\n')
    codes = [problem.code for problem in check(hello, cpython_here("3.12"), {})]
    assert codes == ["PFB240"]


@pytest.mark.parametrize(
    ("floor", "requires", "code"),
    [
        ("3.10", ">=3.9", "PFB242"),
        ("3.9", ">=3.10", "PFB241"),
        ("3.10", ">=3.10", None),
        ("3.10", "~=3.10.2", None),
        ("off", ">=3.9", None),
    ],
)
def test_a_floor_that_is_not_requires_pythons_lower_bound(
    hello: Path, floor: str, requires: str, code: str | None
) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', f'requires-python = "{requires}"')
    add_to_own = f'[tool.pyo3-features-backend]\nabi3 = "{floor}"\n'
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", add_to_own)
    problems = check(hello, cpython_here("3.12"), {})
    assert [problem.code for problem in problems] == ([code] if code else [])
    if code:
        assert str(problems[0].place) == line(hello / "pyproject.toml", "abi3 =")


@pytest.mark.parametrize(
    ("floor", "native", "python"),
    [
        ("3.12", ">=3.9,<3.12", None),
        ("3.12", ">=3.10,<3.12", "Python 3.9 is below the floor 3.12 and outside native = "),
        ("3.12", "==3.10.*", "Python 3.9, 3.11 is below"),
        ("auto", ">=3.10,<3.12", None),
    ],
)
def test_below_the_floor_each_python_is_to_be_native(hello: Path, floor: str, native: str, python: str | None) -> None:
    table = f'[tool.pyo3-features-backend]\nabi3 = {{ floor = "{floor}", native = "{native}" }}\n'
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", table)
    if python:
        the(hello, "PFB242", line(hello / "pyproject.toml", "abi3 ="), python)
    else:
        assert codes(hello) == []


def test_a_hard_coded_floor_above_requires_python_is_an_error_on_the_lowest_python(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py311"] }')
    the(hello, "PFB132", "Cargo.toml:11", "CPython 3.9 is below the floor 3.11", beside="PFB230")
    assert codes(hello) == ["PFB132", "PFB230"]
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.7"')
    the(hello, "PFB132", "Cargo.toml:11", "CPython 3.9 is below the floor 3.11", beside="PFB230 PFB243 PFB244")


def test_the_lowest_python_is_known_from_setup_py_too(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    (root / "pyproject.toml").write_text('[build-system]\nrequires = []\nbuild-backend = "pyo3_features_backend"\n')
    keywords = (
        'name="mixed", version="1", package_dir={"": "python"}, packages=["mixed"], \n    python_requires=">=3.10"'
    )
    (root / "setup.py").write_text(SETUP.format(extension="", keywords=keywords))
    replace(root / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py311"] }')
    the(root, "PFB132", "Cargo.toml:11", "CPython 3.10 is below the floor 3.11", beside="PFB230 PFB272")
    replace(root / "setup.py", ">=3.10", ">=3.8")
    the(root, "PFB243", "setup.py:8", "promises 3.8", beside="PFB132 PFB230 PFB244 PFB272")


def test_requires_python_below_the_backends_own_pythons(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.8"')
    the(hello, "PFB243", "pyproject.toml:8", "promises 3.8", "Python 3.9 and later", beside="PFB131")
    the(hello, "PFB131", "pyproject.toml:8", "promises more than pyo3 0.30", beside="PFB243")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "off"\n')
    the(hello, "PFB244", "pyproject.toml:8", "PyO3 0.30.1 supports Python 3.9 and later", beside="PFB243")


def test_the_running_python_is_not_asked_about_where_the_project_does_not_support_it(hello: Path) -> None:
    major, minor = sys.version_info[:2]
    replace(
        hello / "Cargo.toml",
        'pyo3 = "0.30"',
        f'pyo3 = {{ version = "0.30", features = ["abi3-py{major}{minor + 1}"] }}',
    )
    assert [problem.code for problem in found(hello, "PFB132", python=None)] == ["PFB132"]
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', f'requires-python = ">={major}.{minor + 1}"')
    assert found(hello, "PFB132", python=None) == []


CLASSIFIERS = """classifiers = [
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.8",
    "Programming Language :: Python :: 3.9",
    "Programming Language :: Python :: 3.16",
    "Programming Language :: Python :: Free Threading :: 2 - Beta",
    "Programming Language :: Python :: Implementation :: PyPy",
    "Programming Language :: Python :: Implementation :: GraalPy",
]
"""


def test_classifiers_against_requires_python_and_what_pyo3_supports(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', f'requires-python = ">=3.9"\n{CLASSIFIERS}')
    the(hello, "PFB245", "pyproject.toml:11", "3.8 contradicts requires-python >=3.9")
    assert codes(hello) == ["PFB245"]
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.9,<3.11"')
    assert [str(problem.place) for problem in found(hello, "PFB245")] == ["pyproject.toml:11", "pyproject.toml:13"]
    threaded, pypy = found(hello, "PFB246")
    assert (str(threaded.place), str(pypy.place)) == ("pyproject.toml:14", "pyproject.toml:15")
    assert "PyPy, but PyO3 0.30.1 supports it from Python 3.11 on, and requires-python is >=3.9,<3.11" in pypy.message


def test_a_classifier_for_a_python_that_pyo3_does_not_know_is_tried_on_the_plan(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', f'requires-python = ">=3.9"\n{CLASSIFIERS}')
    assert codes(hello) == ["PFB245"]
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "off"\n')
    (problem,) = found(hello, "PFB141")
    assert "CPython 3.16" in problem.message


def test_classifiers_of_setup_cfg_count_where_pyproject_has_none(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    add(root / "setup.cfg", "[metadata]\nclassifiers =\n    Programming Language :: Python :: 3.8\n")
    the(root, "PFB245", "setup.cfg:3", beside="PFB272")


def test_a_delegate_may_run_in_older_pythons_than_this_backend(hello: Path) -> None:
    replace(built_by(hello, '["maturin"]', "maturin") / "pyproject.toml", ">=3.9", ">=3.8")
    assert "PFB243" not in codes(hello)
