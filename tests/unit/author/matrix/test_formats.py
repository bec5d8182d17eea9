"""The wheels as text: for people, cibuildwheel and GitHub Actions."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pyo3_features_backend.author.matrix import Matrix, of_plans
from pyo3_features_backend.author.matrix import formats as matrix_formats
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


def built_by_cibuildwheel(text: str, found: Matrix) -> list[str]:
    """What cibuildwheel builds with these variables.

    It goes through its Pythons by version (build-platforms.toml), and builds nothing for a CPython with the GIL that an
    abi3 wheel which it has built in the same run fits (util/packaging.py, find_compatible_wheel).
    """
    planned = {identifier(target): wheel.label for wheel in found.wheels for target in wheel.serves}
    built = []
    for run in re.findall(r'CIBW_BUILD="([^"]*)"', text):
        chosen = [word.removesuffix("-*") for word in run.split()]
        stable: list[int] = []
        for target in (one for one in ALL if identifier(one) in chosen):
            label, gil = planned[identifier(target)], target.implementation == "cpython" and not target.free_threaded
            if gil and any(floor <= target.version[1] for floor in stable):
                continue
            built.append(label)
            stable += [int(label[3:].partition("-")[0])] if "-abi3" in label else []
    return built


def test_cibuildwheel_builds_the_version_specific_wheels_before_the_stable_one() -> None:
    settings = Settings(abi3="3.9", abi3_native=">=3.10,<3.14")
    text = matrix_formats.cibuildwheel(matrix(settings)).splitlines()[0]
    assert text == 'CIBW_BUILD="cp314-* cp310-* cp311-* cp312-* cp313-* cp314t-* cp315t-* pp311-* pp312-*"'


@hypothesis_settings(deadline=None)
@given(
    floor=st.sampled_from(["auto", *(f"3.{minor}" for minor in range(9, 16))]),
    first=st.integers(9, 16),
    last=st.integers(8, 16),
    left_out=st.integers(9, 15),
    lower=st.integers(9, 13),
    abi3t=st.sampled_from(["auto", "3.15"]),
)
def test_cibuildwheel_builds_each_wheel_of_a_range_and_the_stable_one_once(
    floor: str, first: int, last: int, left_out: int, lower: int, abi3t: str
) -> None:
    native = f">=3.{first},<=3.{last},!=3.{left_out}"
    found = matrix(Settings(abi3=floor, abi3_native=native, abi3t=abi3t), "0.30.1", f">=3.{lower}")
    text = matrix_formats.cibuildwheel(found)
    assert sorted(built_by_cibuildwheel(text, found)) == sorted(wheel.label for wheel in found.wheels)


def test_a_stable_wheel_says_for_which_pythons_it_is_a_fallback() -> None:
    found = matrix(Settings(abi3="3.12", abi3_native=">=3.10,<3.14"), "0.30.1", ">=3.10")
    (row,) = [row for row in matrix_formats.rows(found) if row[0] == "cp312-abi3"]
    assert row[1:] == ("CPython 3.14", "CPython 3.14 to 3.15", "abi3 = '3.12'; a fallback for CPython 3.12 to 3.13")
    assert matrix_formats.rows(found)[0] == ("cp310-cp310", "CPython 3.10", "CPython 3.10", 'native (">=3.10,<3.14")')


def test_github() -> None:
    include = json.loads(matrix_formats.github(matrix(Settings())))["include"]
    assert [entry["python-version"] for entry in include] == ["3.9", "3.14t", "3.15t", "pypy3.11", "pypy3.12"]
    assert include[0]["wheel"] == "cp39-abi3"


def test_github_has_each_wheel_of_a_range_and_the_stable_one() -> None:
    found = matrix(Settings(abi3="3.14", abi3_native=">=3.12,<3.14"), "0.30.1", ">=3.12")
    include = json.loads(matrix_formats.github(found))["include"]
    assert [(entry["python-version"], entry["wheel"]) for entry in include[:3]] == [
        ("3.12", "cp312-cp312"),
        ("3.13", "cp313-cp313"),
        ("3.14", "cp314-abi3"),
    ]


def test_pythons_in_words() -> None:
    chosen = [one for one in ALL if identifier(one) in ("cp39", "cp310", "cp312", "cp313t", "cp314t", "pp311")]
    assert matrix_formats.ranges(chosen) == "CPython 3.9, 3.10, 3.12, CPython 3.13t to 3.14t, PyPy 3.11"
