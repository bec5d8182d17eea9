"""The wheels as text: for people, cibuildwheel and GitHub Actions."""

from __future__ import annotations

import json

from pyo3_features_backend.author.matrix import formats as matrix_formats
from pyo3_features_backend.author.matrix import of_plans
from pyo3_features_backend.author.pythons import identifier
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.model.settings import Settings
from support.matrices import ALL, matrix
from support.targets import crate


def test_cibuildwheel() -> None:
    assert matrix_formats.cibuildwheel(matrix(Settings(), "0.26.0", ">=3.10")) == (
        'CIBW_BUILD="cp310-* cp314t-* pp310-* pp311-* pp312-* gp312_250-* gp313_253-*"\n'
        'CIBW_ENABLE="graalpy pypy pypy-eol"\n# not built by cibuildwheel: cp313-cp313t'
    )
    assert matrix_formats.cibuildwheel(matrix(Settings(), "0.30.1", ">=3.13")) == (
        'CIBW_BUILD="cp313-* cp314t-* cp315t-*"'
    )


def test_what_cibuildwheel_would_take_an_abi3_wheel_for_has_a_run_of_its_own() -> None:
    targets = [one for one in ALL if identifier(one) in ("cp39", "cp310", "cp311", "cp312", "cp314t", "pp312")]

    def found(*floors: str) -> str:
        settings = {one: Settings(abi3=floor) for one, floor in zip(targets, floors)}
        plans = [(one, decide(Basis(settings[one], one, "1.95.0", ">=3.9", (3, 9)), crate())) for one in targets]
        return matrix_formats.cibuildwheel(of_plans(plans, {}))

    assert found("3.9", "3.9", "3.11", "3.11", "3.11", "3.11") == (
        'CIBW_BUILD="cp39-* cp314t-* pp312-*"\nCIBW_ENABLE="pypy"\n'
        '# in a run of its own: CIBW_BUILD="cp311-*" (cp311-abi3)'
    )
    assert found("3.9", "off", "off", "off", "off", "off").splitlines()[-1] == (
        '# in a run of its own: CIBW_BUILD="cp310-* cp311-* cp312-*" (cp310-cp310, cp311-cp311, cp312-cp312)'
    )
    # Version-specific below the floor: cibuildwheel looks for wheels of older Pythons only.
    assert found(*["3.11"] * 6).splitlines()[0] == 'CIBW_BUILD="cp39-* cp310-* cp311-* cp314t-* pp312-*"'


def test_github() -> None:
    include = json.loads(matrix_formats.github(matrix(Settings())))["include"]
    assert [entry["python-version"] for entry in include] == ["3.9", "3.14t", "3.15t", "pypy3.11", "pypy3.12"]
    assert include[0]["wheel"] == "cp39-abi3"


def test_pythons_in_words() -> None:
    chosen = [one for one in ALL if identifier(one) in ("cp39", "cp310", "cp312", "cp313t", "cp314t", "pp311")]
    assert matrix_formats.ranges(chosen) == "CPython 3.9, 3.10, 3.12, CPython 3.13t to 3.14t, PyPy 3.11"
