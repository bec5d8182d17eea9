"""The range of native Pythons, and what installers choose of the wheels that it makes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from packaging.tags import Tag, cpython_tags

from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.native import includes, is_native, without_use
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target
from support.targets import cpython, crate

PYTHONS = [*(cpython(minor) for minor in range(9, 16)), cpython(14, "t"), cpython(15, "t")]


@pytest.mark.parametrize(
    ("native", "python", "expected"),
    [
        ("", (3, 12), False),
        (">=3.10,<3.14", (3, 9), False),
        (">=3.10,<3.14", (3, 10), True),
        (" >= 3.10 , < 3.14 ", (3, 13), True),
        (">=3.10,<3.14", (3, 14), False),
        ("==3.12.*", (3, 12), True),
        ("==3.12", (3, 12), True),
        ("<=3.13", (3, 13), True),
        (">3.10", (3, 10), False),
        ("!=3.12", (3, 12), False),
        ("<4", (3, 99), True),
    ],
)
def test_a_range_is_of_minor_versions(native: str, python: tuple[int, int], expected: bool) -> None:
    assert includes(native, python) is expected
    assert is_native(Settings(abi3_native=native), cpython(python[1])) is expected


@pytest.mark.parametrize("target", [cpython(12, "t"), cpython(12, "d"), cpython(12)._replace(implementation="pypy")])
def test_only_what_has_abi3_can_be_native(target: Target) -> None:
    assert not is_native(Settings(abi3_native=">=3.10,<3.14"), target)


def test_a_range_is_to_leave_something_to_the_floor() -> None:
    assert without_use(">=3.10,<3.14", (3, 14)) is None
    assert without_use(">=3.15", (3, 14)) is None  # 3.14 is left
    assert without_use(">=3.10", (3, 14)) == "includes every Python from 3.14 on, so no build makes a stable-ABI wheel"
    assert without_use(">=3.10,<3.10", (3, 14)) == "includes no Python"


@hypothesis_settings(deadline=None)
@given(
    floor=st.integers(9, 15),
    first=st.integers(9, 15),
    last=st.integers(9, 15),
    left_out=st.integers(9, 15),
    lower=st.integers(9, 14),
)
def test_of_all_wheels_an_installer_takes_the_one_of_the_plan(
    floor: int, first: int, last: int, left_out: int, lower: int
) -> None:
    """packaging.tags, which is what pip and uv follow, has the tags of a Python in the order of preference."""
    assume(first <= last)
    native = f">=3.{first},<=3.{last},!=3.{left_out}"
    settings = Settings(abi3=f"3.{floor}", abi3_native=native)
    targets = [target for target in PYTHONS if target.version >= (3, lower)]
    plans = {
        target: decide(Basis(settings, target, "1.95.0", f">=3.{lower}", (3, lower)), crate()) for target in targets
    }
    assert not any(problem for plan in plans.values() for problem in plan.problems if problem.severity == "error")
    built = {
        Tag(plan.wheel[0], abi, "any") for plan in plans.values() if plan.wheel for abi in plan.wheel[1].split(".")
    }
    for target, plan in plans.items():
        ranked = cpython_tags(target.version, [target.wheel_tag[1]], ["any"])
        best = next(tag for tag in ranked if tag in built)
        assert plan.wheel is not None
        assert (best.interpreter, best.abi) in {(plan.wheel[0], abi) for abi in plan.wheel[1].split(".")}
        # And without its own wheel, a Python from the floor on has the stable-ABI one to fall back to.
        stable = {tag for tag in built if tag.abi == "abi3" and tag.interpreter == f"cp3{floor}"}
        if stable and not target.free_threaded and target.version >= (3, floor):
            assert any(tag in stable for tag in ranked) or best in stable
