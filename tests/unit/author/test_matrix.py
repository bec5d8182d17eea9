"""The smallest set of wheels, over plain values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3_features_backend.author.matrix import OLDEST, allowed, of_plans, tags
from pyo3_features_backend.author.matrix import formats as matrix_formats
from pyo3_features_backend.author.pythons import identifier
from pyo3_features_backend.decide.abi import FLOOR_OF_CURRENT_PYTHON
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.facts.settings import read as read_settings
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target
from support.matrices import ALL, CLASSIFIER, matrix, names, wheels
from support.targets import crate

PYPY = {"pp311-pypy311_pp80": "pp311", "pp312-pypy312_pp80": "pp312"}


ABI3 = {"cp39-abi3": "cp39 cp310 cp311 cp312 cp313 cp314 cp315"}


THREADED = {"cp314-cp314t": "cp314t", "cp315-cp315t": "cp315t"}


OWN = {f"cp3{minor}-cp3{minor}": f"cp3{minor}" for minor in range(9, 16)}


@pytest.mark.parametrize(
    ("settings", "version", "requires", "expected"),
    [
        (Settings(), "0.30.1", ">=3.9", {**ABI3, **THREADED, **PYPY}),
        (Settings(abi3="off"), "0.30.1", ">=3.9", {**OWN, **THREADED, **PYPY}),
        # Each build would make a wheel with another floor; the lowest of them serves all.
        (Settings(abi3="current"), "0.30.1", ">=3.9", {**ABI3, **THREADED, **PYPY}),
        (
            Settings(abi3="3.11"),
            "0.30.1",
            ">=3.9",
            {
                "cp39-cp39": "cp39",
                "cp310-cp310": "cp310",
                "cp311-abi3": "cp311 cp312 cp313 cp314 cp315",
                **THREADED,
                **PYPY,
            },
        ),
        (
            Settings(abi3t="3.15"),
            "0.30.1",
            ">=3.9",
            {**ABI3, "cp314-cp314t": "cp314t", "cp315-abi3.abi3t": "cp315t", **PYPY},
        ),
        (
            Settings(),
            "0.22.6",
            ">=3.8",
            {
                "cp38-abi3": "cp38 cp39 cp310 cp311 cp312 cp313 cp314 cp315",
                "pp39-pypy39_pp73": "pp39",
                "pp310-pypy310_pp73": "pp310",
            },
        ),
        (
            Settings(),
            "0.26.0",
            ">=3.12",
            {
                "cp312-abi3": "cp312 cp313 cp314 cp315",
                "cp313-cp313t": "cp313t",
                "cp314-cp314t": "cp314t",
                "pp312-pypy312_pp80": "pp312",
            },
        ),
    ],
)
def test_the_wheels(settings: Settings, version: str, requires: str, expected: dict[str, str]) -> None:
    found = {
        label: serves for label, serves in wheels(matrix(settings, version, requires)).items() if "graal" not in label
    }
    assert found == expected


def test_what_this_backend_cannot_build_is_a_gap() -> None:
    found = matrix(Settings(abi3="off"), "0.26.0", ">=3.7")
    gaps = {identifier(gap.target): gap.reason for gap in found.gaps}
    assert gaps["cp37"] == gaps["cp38"] == "pyo3-features-backend needs Python 3.9 or newer"
    stable = matrix(Settings(), "0.26.0", ">=3.7")
    assert identifier(stable.wheels[0].build_with) == "cp39"
    assert names(stable.wheels[0].serves).startswith("cp37 cp38 cp39")


FLOORS = ["auto", "off", "current", "3.9", "3.11", "3.13"]


@given(
    early=st.sampled_from(FLOORS),
    late=st.sampled_from(FLOORS),
    abi3t=st.sampled_from(["auto", "3.15"]),
    version=st.sampled_from(["0.21.2", "0.23.5", "0.26.0", "0.28.3", "0.29.1", "0.30.1"]),
    on=st.sampled_from([(), ("abi3", "abi3-py310"), ("abi3t", "abi3t-py315")]),
    minor=st.integers(7, 14),
)
def test_each_python_has_the_wheel_of_its_plan_or_a_reason_and_no_wheel_can_be_dropped(
    early: str, late: str, abi3t: str, version: str, on: tuple[str, ...], minor: int
) -> None:
    targets = allowed(ALL, f">=3.{minor}", [])
    chosen = {target: Settings(abi3=late if target.version >= (3, 12) else early, abi3t=abi3t) for target in targets}
    plans = {
        target: decide(Basis(settings, target, "1.95.0", f">=3.{minor}", (3, minor)), crate(version, *on))
        for target, settings in chosen.items()
    }
    found = of_plans(plans.items(), {})
    served = [target for wheel in found.wheels for target in wheel.serves]
    assert sorted(map(identifier, [*served, *(gap.target for gap in found.gaps)])) == sorted(map(identifier, targets))
    assert len({wheel.label for wheel in found.wheels}) == len(found.wheels)
    for wheel in found.wheels:
        assert wheel.build_with.version >= OLDEST
        assert wheel.label == plans[wheel.build_with].label  # so it is somebody's own, and cannot be dropped
        for target in wheel.serves:
            assert not any(problem.severity == "error" for problem in plans[target].problems)
            assert tags.serves(wheel.label, target), (wheel.label, identifier(target))
            assert plans[target].label == wheel.label or plans[target].reason == FLOOR_OF_CURRENT_PYTHON
    builders = [wheel for wheel in found.wheels if wheel.reason == FLOOR_OF_CURRENT_PYTHON]
    assert len(builders) <= 1


@pytest.mark.parametrize(
    ("requires", "classifiers", "expected"),
    [
        (">=3.13", [], "cp313 cp314 cp315 cp313t cp314t cp315t gp313_253"),
        (">=3.12,<3.14", [CLASSIFIER + "3"], "cp312 cp313 cp313t pp312 gp312_250 gp313_253"),
        (">=3.8", [CLASSIFIER + "3.9", CLASSIFIER + "3.10"], "cp39 cp310 pp39 pp310"),
        (">=3.8", [CLASSIFIER + "3.9", CLASSIFIER + "Implementation :: CPython"], "cp39"),
        ("~=3.9.2", [CLASSIFIER + "Implementation :: PyPy"], "pp39"),
        (">3.13.2,<3.14", [], "cp313 cp313t gp313_253"),
        (None, [CLASSIFIER + "3.7"], "cp37"),
        (">=3.15.0a1,<3.15.0b1", [], "cp315 cp315t"),
        (">=3.13", [CLASSIFIER + "Implementation :: Stackless"], ""),
    ],
)
def test_what_requires_python_and_the_classifiers_allow(
    requires: str | None, classifiers: list[str], expected: str
) -> None:
    assert names(allowed(ALL, requires, classifiers)) == expected


def test_overrides_give_two_floors() -> None:
    text = """
[tool.pyo3-features-backend]
abi3 = "3.9"
[[tool.pyo3-features-backend.overrides]]
if = { python-version = ">=3.11" }
abi3 = "3.11"
"""
    table = {
        "tool": {
            "pyo3-features-backend": {
                "abi3": "3.9",
                "overrides": [{"if": {"python-version": ">=3.11"}, "abi3": "3.11"}],
            }
        }
    }

    def plan(target: Target) -> Plan:
        settings = read_settings(table, text, {}, None).for_target(target)
        return decide(Basis(settings, target, "1.95.0", ">=3.9", (3, 9)), crate())

    ordinary = allowed(ALL, ">=3.9", [CLASSIFIER + "Implementation :: CPython"])
    found = of_plans([(one, plan(one)) for one in ordinary], {})
    assert wheels(found) == {
        "cp39-abi3": "cp39 cp310",
        "cp311-abi3": "cp311 cp312 cp313 cp314 cp315",
        **THREADED,
    }
    assert matrix_formats.cibuildwheel(found).splitlines() == [
        'CIBW_BUILD="cp39-* cp314t-* cp315t-*"',
        '# in a run of its own: CIBW_BUILD="cp311-*" (cp311-abi3)',
    ]


def test_the_stable_abi_of_the_builder_takes_one_wheel() -> None:
    assert wheels(matrix(Settings(abi3="current"))) == {**ABI3, **THREADED, **PYPY}


def test_what_pyo3_supports_only_experimentally_is_no_wheel_to_publish() -> None:
    found = matrix(Settings(), "0.28.3", ">=3.13")
    assert "cp315-cp315t" not in wheels(found)
    gaps = {identifier(gap.target): gap for gap in found.gaps}
    assert gaps["cp315t"].reason == "PyO3 0.28.3 supports CPython 3.15 free-threaded only experimentally"
    assert not gaps["cp315t"].mendable
    assert wheels(found)["cp313-abi3"] == "cp313 cp314 cp315"


def test_a_wheel_has_the_features_of_the_python_that_builds_it_and_others_that_want_more_are_told() -> None:
    targets = [one for one in ALL if identifier(one) in ("cp310", "cp311", "cp312", "cp314t")]
    asked = {target: Settings(features=("serde",) if target.version > (3, 10) else ()) for target in targets}
    found = of_plans(
        [(one, decide(Basis(asked[one], one, "1.95.0", ">=3.10", (3, 10)), crate())) for one in targets], {}
    )
    assert wheels(found) == {"cp310-abi3": "cp310 cp311 cp312", "cp314-cp314t": "cp314t"}
    ((problem, warned),) = found.warnings
    assert problem.message == (
        "cp310-abi3 is built for CPython 3.10, whose settings differ from this Python's in pyo3/serde"
    )
    assert names(warned) == "cp311 cp312"


def test_a_warning_is_said_once_for_all_the_pythons_that_share_it() -> None:
    found = matrix(Settings(), "0.30.1", ">=3.9", "abi3", "abi3-py39")
    ((problem, targets),) = found.warnings
    assert (
        problem.message == "abi3 is on in the crate graph, but this Python has no abi3; the wheel is version-specific"
    )
    assert names(targets) == "cp314t cp315t pp311 pp312"
