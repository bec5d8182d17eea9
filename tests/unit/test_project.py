"""pyproject.toml as facts: what a malformed or foreign one comes to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from pyo3_features_backend.build.requirements import delegate_of
from pyo3_features_backend.errors import Place, ProjectError
from pyo3_features_backend.facts import project
from pyo3_features_backend.model.words import DelegateName

HERE = Place("pyproject.toml", 1)
_VERSION = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(\.\*|a1|rc1|\.dev1|\.post1)?", fullmatch=True) | st.just("foo")
_CLAUSE = st.tuples(st.sampled_from([">=", ">", "<", "<=", "==", "!=", "~=", "==="]), _VERSION).map("".join)


def loaded(tmp_path: Path, text: str) -> project.Project:
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    return project.load(tmp_path)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(_CLAUSE, max_size=3).map(",".join))
def test_any_specifier_has_a_lower_bound_or_none_or_is_told_to_be_no_specifier(specifier: str) -> None:
    try:
        bound = project.lower_bound(specifier, HERE)
    except ProjectError as error:
        assert error.place == HERE
    else:
        clauses = SpecifierSet(specifier)
        bounded = any(clause.operator not in ("<", "<=", "!=") for clause in clauses)
        assert bounded or bound is None
        # Of the minors that are named, and those around, none below the bound has a release that fits.
        named = {(int(one), int(two or 0)) for one, two in re.findall(r"[<>=~!](\d+)(?:\.(\d+))?", specifier)}
        near = {(major, minor + more) for major, minor in named for more in (-1, 0, 1) if minor + more >= 0}
        patches = (*range(100), 999)
        fitting = [one for one in near if any(clauses.contains(f"{one[0]}.{one[1]}.{patch}") for patch in patches)]
        if bounded and fitting:
            assert bound is not None
            assert bound <= min(fitting)


def test_a_version_that_is_none_bounds_nothing() -> None:
    assert project.lower_bound("===foo", HERE) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[tool.poetry.dependencies]\npython = "^3.10,!=3.11"', None),
        ("[tool]\npoetry = 3", None),
        ("", None),
        ('[project]\nrequires-python = ">=3.9"\n[tool.poetry.dependencies]\npython = "^3.10"', ">=3.9"),
    ],
)
def test_poetrys_python_is_not_requires_python(tmp_path: Path, text: str, expected: str | None) -> None:
    assert loaded(tmp_path, text).requires_python == expected


@pytest.mark.parametrize(
    ("text", "setup", "expected"),
    [
        ("", False, "maturin"),
        ("", True, "setuptools-rust"),
        ("[tool.maturin]", True, "maturin"),
        ("[tool.setuptools-rust]", False, "setuptools-rust"),
        ('[build-system]\nrequires = ["Setuptools_Rust>=1"]\n[tool.maturin]', False, "setuptools-rust"),
        ('[build-system]\nrequires = ["maturin", "pyo3-features-backend[setuptools_rust]"]', False, "setuptools-rust"),
    ],
)
def test_the_delegate_is_found_by_the_order_of_the_reference(
    tmp_path: Path, text: str, setup: bool, expected: str
) -> None:
    if setup:
        (tmp_path / "setup.py").touch()
    assert delegate_of(loaded(tmp_path, text), None) == expected
    assert delegate_of(loaded(tmp_path, text), DelegateName.MATURIN) == "maturin"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[build-system]\nrequires = ["maturin", "setuptools-rust"]', 2),
        ('[build-system]\nrequires = ["pyo3-features-backend[maturin,setuptools-rust]"]', 2),
        ('[build-system]\nrequires = ["x"]\n[tool.setuptools-rust]\n[tool.maturin]', 4),
    ],
)
def test_two_delegates_at_one_level_are_told_with_the_line_of_that_level(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ProjectError, match=rf"pyproject\.toml:{line}: both maturin and setuptools-rust are named"):
        delegate_of(loaded(tmp_path, text), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("project = 3", r"pyproject\.toml:1: \[project\] must be a table\n  help: "),
        ("[project]\nrequires-python = 3.9", r"pyproject\.toml:2: requires-python must be a string\n  help: "),
    ],
)
def test_what_is_malformed_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        assert loaded(tmp_path, text).requires_python
