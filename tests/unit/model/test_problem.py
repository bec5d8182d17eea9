"""A problem as text and as JSON, and where a setting comes from."""

from __future__ import annotations

from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.problem import Problem, Problems
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.words import Severity

PROBLEM = Problem("PFB101", Severity.ERROR, "it is so", Place("Cargo.toml", 3), "do this")


def test_a_problem_is_a_message_with_its_code_and_an_object_with_its_place_in_parts() -> None:
    assert str(PROBLEM) == "pyo3-features-backend: error[PFB101]: Cargo.toml:3: it is so\n  help: do this"
    assert str(PROBLEM._replace(code="", place=None, hint=None)) == "pyo3-features-backend: error: it is so"
    parts = {"code": "PFB101", "severity": "error", "message": "it is so", "hint": "do this"}
    assert PROBLEM.as_json() == {**parts, "file": "Cargo.toml", "line": 3}
    assert PROBLEM._replace(place=None).as_json() == {**parts, "file": None, "line": None}


def test_problems_are_kept_in_their_order_with_the_severity_that_they_are_told_with() -> None:
    problems = Problems(Settings())
    problems.warning("PFB141", "first")
    problems.error("PFB140", "second", "do this")
    assert [(one.code, one.severity, one.hint) for one in problems.found] == [
        ("PFB141", "warning", None),
        ("PFB140", "error", "do this"),
    ]


def test_the_project_is_where_a_setting_comes_from_unless_it_is_given_elsewhere() -> None:
    given = {"abi3": ("table", Place("pyproject.toml", 2)), "features": ("environment", Place("$X"))}
    problems = Problems(Settings(sources=given))
    assert [problems.source(key) for key in ("abi3", "features", "abi3t")] == [
        Place("pyproject.toml", 2),
        Place("$X"),
        None,
    ]
    assert [problems.from_outside(key) for key in ("abi3", "features", "abi3t")] == [False, True, False]
