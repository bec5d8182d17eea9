"""Wheels that were built against a matrix: missing, superfluous, or tagged otherwise."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.matrix import Matrix, Wheel, given
from pyo3_features_backend.author.pythons import known
from pyo3_features_backend.errors import BackendError
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.target import Target
from pyo3_features_backend.model.words import Severity


def pythons(*versions: str) -> tuple[Target, ...]:
    """CPythons by their versions; "3.14t" is free-threaded."""
    everything = {
        f"{target.version[0]}.{target.version[1]}{target.abiflags.replace('m', '')}": target
        for target in known(running())
        if target.implementation == "cpython"
    }
    return tuple(everything[version] for version in versions)


MATRIX = Matrix(
    (Wheel("cp39", "abi3", pythons("3.9", "3.10", "3.11"), ""), Wheel("cp314", "cp314t", pythons("3.14t"), "")), ()
)
STABLE, THREADED = "demo-1.0-cp39-abi3-win_amd64.whl", "demo-1.0-cp314-cp314t-win_amd64.whl"


def found(*names: str, matrix: Matrix = MATRIX) -> list[tuple[str, str]]:
    """(code, message) of each problem."""
    problems = given.problems(matrix, names, "demo")
    assert all(each.hint for each in problems)
    assert all((each.severity == Severity.WARNING) == (each.code in ("PFB362", "PFB363")) for each in problems)
    return [(each.code, each.message) for each in problems]


def test_the_wheels_of_the_matrix_are_complete_on_each_platform() -> None:
    assert found(STABLE, THREADED) == []
    assert found(STABLE, THREADED, THREADED.replace("win_amd64", "win32")) == [
        ("PFB360", "win32 has no cp39-abi3, which serves CPython 3.9 to 3.11")
    ]


def test_what_is_missing_tagged_otherwise_or_superfluous() -> None:
    assert found(STABLE) == [("PFB360", "win_amd64 has no cp314-cp314t, which serves CPython 3.14t")]
    own = "demo-1.0-cp311-cp311-win_amd64.whl"
    assert found(STABLE, THREADED, own) == [
        ("PFB362", "win_amd64 has cp311-cp311, but cp39-abi3 serves the same Pythons: CPython 3.11")
    ]
    assert found(own, THREADED) == [
        ("PFB360", "win_amd64 has no cp39-abi3, which serves CPython 3.9 to 3.10"),
        ("PFB361", "win_amd64 has cp311-cp311 for CPython 3.11; the plan has cp39-abi3"),
    ]
    assert found("demo-1.0-cp38-abi3-win_amd64.whl", THREADED) == [
        ("PFB361", "win_amd64 has cp38-abi3 for CPython 3.9 to 3.11; the plan has cp39-abi3")
    ]
    assert found(STABLE, THREADED, "demo-1.0-cp38-cp38-win_amd64.whl") == [
        ("PFB362", "win_amd64 has cp38-cp38, which serves no Python that the project supports")
    ]


def test_a_wheel_of_another_project_is_an_error() -> None:
    with pytest.raises(BackendError, match="is a wheel of other, not of demo"):
        found("other-1.0-py3-none-any.whl")


def test_a_compressed_set_of_tags_serves_the_pythons_of_each() -> None:
    one = "demo-1.0-cp39.cp310.cp311-cp39.cp310.cp311-win_amd64.whl"
    assert found(STABLE, one, THREADED)[0][0] == "PFB362"
    assert found("demo-1.0-cp39.cp310-abi3-win_amd64.whl", THREADED)[0] == (
        "PFB361",
        "win_amd64 has cp310.cp39-abi3 for CPython 3.9 to 3.11; the plan has cp39-abi3",
    )
    (other,) = [each for each in found(one, THREADED) if each[0] == "PFB361"]
    assert "for CPython 3.9 to 3.11" in other[1]


NATIVE = Matrix(
    (
        Wheel("cp310", "cp310", pythons("3.10"), ""),
        Wheel("cp311", "cp311", pythons("3.11"), ""),
        Wheel("cp310", "abi3", pythons("3.12", "3.13"), ""),
    ),
    (),
)


def test_a_platform_has_the_version_specific_wheels_of_a_range_all_together_or_none() -> None:
    stable, first, second = (f"demo-1.0-{tag}-win_amd64.whl" for tag in ("cp310-abi3", "cp310-cp310", "cp311-cp311"))
    assert found(stable, first, second, matrix=NATIVE) == []
    assert found(stable, matrix=NATIVE) == []
    assert found(stable, second, matrix=NATIVE) == [
        ("PFB363", "win_amd64 has no cp310-cp310; CPython 3.10 would get cp310-abi3")
    ]
    assert found(first, second, matrix=NATIVE) == [
        ("PFB360", "win_amd64 has no cp310-abi3, which serves CPython 3.12 to 3.13")
    ]
    # A floor above the range: nothing takes the place of a missing wheel.
    above = NATIVE._replace(wheels=(*NATIVE.wheels[:2], Wheel("cp312", "abi3", pythons("3.12", "3.13"), "")))
    assert found(stable.replace("cp310-abi3", "cp312-abi3"), second, matrix=above) == [
        ("PFB360", "win_amd64 has no cp310-cp310, which serves CPython 3.10")
    ]
