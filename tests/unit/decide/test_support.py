"""Which Pythons a release of PyO3 supports, and what is told of the others."""

from __future__ import annotations

import pytest

from pyo3_features_backend.decide import pyo3
from pyo3_features_backend.decide.abi import Choice
from pyo3_features_backend.decide.support import check_support, limits
from pyo3_features_backend.model.target import Target
from pyo3_features_backend.model.version import Python
from pyo3_features_backend.model.words import Abi
from support.targets import case, cpython, crate

PYPY = cpython(11)._replace(implementation="pypy")
GRAALPY = cpython(12)._replace(implementation="graalpy", implementation_version=(24, 2))
OWN = Choice(Abi.VERSION_SPECIFIC, None, "a test")
STABLE = OWN._replace(abi=Abi.ABI3, floor=(3, 9))


@pytest.mark.parametrize(
    ("target", "lowest", "version"),
    [
        (cpython(12), (3, 7), (3, 12)),
        (cpython(13, "t"), (3, 13), (3, 13)),
        (PYPY, (3, 9), (3, 11)),
        (GRAALPY, (24, 0), (24, 2)),
    ],
)
def test_each_kind_of_python_has_a_limit_of_its_own(target: Target, lowest: Python, version: Python) -> None:
    release = pyo3.release_of("0.25.1")
    assert release
    assert limits(release, target) == (lowest, version)


@pytest.mark.parametrize(
    ("version", "target", "choice", "codes", "variables"),
    [
        ("0.30.1", cpython(12), OWN, [], {}),
        ("0.30.1", cpython(8), OWN, ["PFB140"], {}),
        ("0.22.6", cpython(13, "t"), OWN, ["PFB140"], {}),
        ("0.28.3", cpython(15), OWN, ["PFB141"], {}),  # one above the highest
        ("0.28.3", cpython(16), OWN, ["PFB140"], {}),
        ("0.25.1", cpython(15), OWN, ["PFB140"], {}),  # before PyO3 warned only
        ("0.25.1", cpython(15), STABLE, [], {"PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "1"}),
        ("0.30.1", cpython(17), STABLE, [], {"PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY": "1"}),
        ("0.15.2", cpython(12), OWN, ["PFB140"], {}),  # it says nothing, and does not compile
        # Its build script has no limit; a tuple has another layout from 3.14 on, so the wheel would crash there.
        ("0.13.2", cpython(20), OWN, ["PFB140"], {}),
        ("0.18.3", cpython(14), OWN, ["PFB140"], {}),
        ("0.18.3", cpython(13), OWN, [], {}),
        ("0.18.3", cpython(14), STABLE, [], {}),
        ("0.20.2", cpython(14), OWN, ["PFB140"], {}),
        ("0.1.0", cpython(12), OWN, [], {}),  # nothing is known of it
    ],
)
def test_a_python_that_is_not_supported_is_told(
    version: str, target: Target, choice: Choice, codes: list[str], variables: dict[str, str]
) -> None:
    asked = case(crate(version), target)
    assert check_support(asked, choice) == variables
    assert [problem.code for problem in asked.problems.found] == codes


@pytest.mark.parametrize(
    ("version", "target", "hint"),
    [
        ("0.30.1", cpython(8), "PyO3 0.29 does"),  # the last with it
        ("0.25.1", cpython(15), "PyO3 0.29 does"),  # the first with it
        ("0.25.1", cpython(99), "no known release of PyO3 does"),
    ],
)
def test_the_hint_names_a_release_that_does(version: str, target: Target, hint: str) -> None:
    asked = case(crate(version), target)
    check_support(asked, OWN)
    (problem,) = asked.problems.found
    assert problem.hint == hint
