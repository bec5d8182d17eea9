"""pyproject.toml as facts: what a malformed or foreign one comes to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from pyo3_features_backend.errors import Place, ProjectError
from pyo3_features_backend.facts import project
from support.readers import project_of

HERE = Place("pyproject.toml", 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">=3.9", (3, 9)),
        (">3.9", (3, 9)),
        ("~=3.9.2", (3, 9)),
        ("==3.9.*", (3, 9)),
        (">=3.8,!=3.8.*", (3, 9)),
        (">=3.13.0rc1", (3, 13)),
        (">=3.15.0a1,<3.15.0b1", (3, 15)),
        ("==3.14.0a5", (3, 14)),
        ("<4", None),
        ("!=3.9.*", None),
        (">=2.7", (2, 7)),
    ],
)
def test_the_lower_bound_is_the_smallest_minor_that_some_release_satisfies(
    text: str, expected: tuple[int, int] | None
) -> None:
    assert project.lower_bound(text, HERE) == expected


@given(minor=st.integers(0, 20), patch=st.none() | st.integers(0, 30))
def test_the_short_way_to_a_plain_lower_bound_agrees_with_the_long_one(minor: int, patch: int | None) -> None:
    text = f">=3.{minor}" + ("" if patch is None else f".{patch}")
    short, long = project.lower_bound(text, HERE), project.lower_bound(text + ",!=3.99.1", HERE)
    assert short == long == (3, minor)


_VERSION = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){0,2}(\.\*|a1|rc1|\.dev1|\.post1)?", fullmatch=True) | st.just("foo")


_CLAUSE = st.tuples(st.sampled_from([">=", ">", "<", "<=", "==", "!=", "~=", "==="]), _VERSION).map("".join)


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
    assert project_of(tmp_path, text).requires_python == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("project = 3", r"pyproject\.toml:1: \[project\] must be a table\n  help: "),
        ("[project]\nrequires-python = 3.9", r"pyproject\.toml:2: requires-python must be a string\n  help: "),
    ],
)
def test_what_is_malformed_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        assert project_of(tmp_path, text).requires_python
