"""The severity of a finding."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.checks.codes import finding
from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.problem import Problem
from pyo3_features_backend.model.words import Severity


def test_a_finding_has_the_severity_of_its_code() -> None:
    place = Place("Cargo.toml", 1)
    assert finding("PFB220", "so", place, "do") == Problem("PFB220", Severity.ERROR, "so", place, "do")
    assert finding("PFB243", "so", None, "do") == Problem("PFB243", Severity.WARNING, "so", None, "do")


def test_a_code_that_is_not_one_of_check_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        finding("PFB140", "so", None, "do")
