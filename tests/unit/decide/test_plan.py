"""The decision, as truth tables and properties over plain values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.tags import cpython_tags

from pyo3_features_backend.decide.abi import Restriction
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide, decide_together
from pyo3_features_backend.errors import Place
from pyo3_features_backend.model.crate import Crate, Request
from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target
from support.targets import HERE, cpython, crate

GRAALPY = cpython(12)._replace(
    implementation="graalpy", implementation_version=(25, 0), soabi="graalpy250-312-native-x86_64-linux"
)


PYPY = cpython(11)._replace(implementation="pypy", implementation_version=(7, 3), soabi="pypy311-pp73-x86_64-linux-gnu")


EMSCRIPTEN = cpython(13)._replace(platform="emscripten-4.0.9-wasm32", system="emscripten", pointer_width=32)


AT_311 = Request("abi3-py311", Place("pyproject.toml", 3), "[tool.maturin]")


LIMITED_310 = Request("abi3-py310", Place("setup.cfg", 2), "py_limited_api")


LIMITED = Request("abi3", Place("setup.py", 4), "py_limited_api")


SET_311 = Settings(abi3="3.11", sources={"abi3": ("table", HERE)})


def native(floor: str, pythons: str, **more: Any) -> Settings:
    """The settings for ``abi3 = { floor = ..., native = ... }``."""
    return Settings(abi3=floor, abi3_native=pythons, sources={"abi3": ("table", HERE)}, **more)


NATIVE = native("3.14", ">=3.10,<3.14")


def basis(settings: Settings, target: Target) -> Basis:
    return Basis(settings, target, "1.95.0", ">=3.9", (3, 9))


def plan(
    settings: Settings, found: Crate, target: Target, lower: tuple[int, int] | None = (3, 9), rustc: str = "1.95.0"
) -> Plan:
    return decide(Basis(settings, target, rustc, f">={lower[0]}.{lower[1]}" if lower else None, lower), found)


def codes(result: Plan, severity: str = "error") -> set[str]:
    return {problem.code for problem in result.problems if problem.severity == severity}


@pytest.mark.parametrize(
    ("settings", "found", "target", "wheel", "features"),
    [
        (Settings(), crate(), cpython(11), "cp39-abi3", ("pyo3/abi3-py39",)),
        (Settings(abi3="3.11"), crate(), cpython(13), "cp311-abi3", ("pyo3/abi3-py311",)),
        (Settings(abi3="3.11"), crate(), cpython(10), "cp310-cp310", ()),
        (Settings(abi3="off"), crate(), cpython(12), "cp312-cp312", ()),
        (Settings(abi3="current"), crate(), cpython(12), "cp312-abi3", ("pyo3/abi3",)),
        (Settings(), crate(key="py?"), cpython(11), "cp39-abi3", ("py?/abi3-py39",)),
        (Settings(), crate("0.30.1", "abi3", "abi3-py310", "abi3-py311"), cpython(13), "cp310-abi3", ()),
        (Settings(), crate("0.30.1", "abi3"), cpython(13), "cp39-abi3", ("pyo3/abi3-py39",)),
        (Settings(abi3_crate_features=("abi",)), crate(), cpython(11), "cp39-abi3", ("pyo3/abi3-py39", "abi")),
        (Settings(), crate("0.25.1"), cpython(11), "cp39-abi3", ("pyo3/abi3-py39", "pyo3/extension-module")),
        (Settings(), crate(), cpython(11, "d"), "cp311-cp311d", ()),
        (Settings(), crate(), cpython(14, "t"), "cp314-cp314t", ()),
        (Settings(), crate(), cpython(15, "t"), "cp315-cp315t", ()),
        (Settings(abi3t="3.15"), crate(), cpython(15, "t"), "cp315-abi3.abi3t", ("pyo3/abi3t-py315",)),
        (Settings(abi3t="3.15"), crate(), cpython(15), "cp39-abi3", ("pyo3/abi3-py39",)),
        (Settings(), crate("0.30.1", "abi3t", "abi3t-py315"), cpython(15, "t"), "cp315-abi3.abi3t", ()),
        (Settings(), crate("0.30.1", "abi3t", "abi3t-py315"), cpython(15), "cp315-abi3.abi3t", ()),
        (Settings(), crate("0.30.1", "abi3t", "abi3t-py315"), cpython(11), "cp39-abi3", ("pyo3/abi3-py39",)),
        (Settings(abi3t="3.15"), crate(), cpython(14, "t"), "cp314-cp314t", ()),
        (Settings(abi3t="3.15"), crate("0.29.0"), cpython(15, "t"), "cp315-cp315t", ()),
        (
            Settings(abi3t="3.15"),
            crate("0.25.1"),
            cpython(11),
            "cp39-abi3",
            ("pyo3/abi3-py39", "pyo3/extension-module"),
        ),
        (
            Settings(abi3="3.14"),
            crate("0.25.1"),
            cpython(14),
            "cp313-abi3",
            ("pyo3/abi3-py313", "pyo3/extension-module"),
        ),
        (Settings(abi3="off"), crate(), cpython(16), "cp316-cp316", ()),
        (Settings(), crate(), EMSCRIPTEN, "cp313-cp313", ()),
        (Settings(), crate()._replace(promised=(AT_311,)), cpython(10), "cp310-cp310", ()),
        (Settings(), crate()._replace(promised=(AT_311,)), cpython(12), "cp311-abi3", ("pyo3/abi3-py311",)),
        (Settings(), crate("0.25.1"), cpython(13, "t"), "cp313-cp313t", ("pyo3/extension-module",)),
        (Settings(), crate(), PYPY, "pp311-pypy311_pp73", ()),
        (Settings(), crate("0.23.5"), PYPY, "pp311-pypy311_pp73", ("pyo3/extension-module",)),
        (Settings(), crate("0.26.0"), PYPY._replace(version=(3, 12)), "pp312-pypy311_pp73", ()),
        (Settings(), crate("0.26.0"), GRAALPY, "graalpy312-graalpy250_312_native", ()),
        (Settings(), crate("0.30.1", "abi3", "abi3-py39"), PYPY, "pp311-pypy311_pp73", ()),
        (Settings(), crate(direct=False), cpython(11), "cp311-cp311", ()),
        (Settings(), crate(library=False), cpython(11), "the delegate's default tags", ()),
        (Settings(features=("serde",)), crate(key="py"), cpython(11), "cp39-abi3", ("py/abi3-py39", "py/serde")),
        # A range of native Pythons, and the floor for the others.
        (NATIVE, crate(), cpython(10), "cp310-cp310", ()),
        (NATIVE, crate(), cpython(12), "cp312-cp312", ()),
        (NATIVE, crate(), cpython(13), "cp313-cp313", ()),
        (NATIVE, crate(), cpython(14), "cp314-abi3", ("pyo3/abi3-py314",)),
        (NATIVE, crate(), cpython(15), "cp314-abi3", ("pyo3/abi3-py314",)),
        (NATIVE, crate(), cpython(16), "cp314-abi3", ("pyo3/abi3-py314",)),
        (NATIVE, crate(), cpython(9), "cp39-cp39", ()),  # not in the range, and below the floor
        (NATIVE, crate(), cpython(14, "t"), "cp314-cp314t", ()),
        (NATIVE, crate(), cpython(12, "d"), "cp312-cp312d", ()),
        (NATIVE, crate(), PYPY, "pp311-pypy311_pp73", ()),
        (NATIVE._replace(abi3t="3.15"), crate(), cpython(15, "t"), "cp315-abi3.abi3t", ("pyo3/abi3t-py315",)),
        (native("3.10", ">=3.10,<3.14"), crate(), cpython(12), "cp312-cp312", ()),
        (native("3.10", ">=3.10,<3.14"), crate(), cpython(14), "cp310-abi3", ("pyo3/abi3-py310",)),
        (native("3.12", ">=3.10,<3.14,!=3.11"), crate(), cpython(11), "cp311-cp311", ()),
        (native("3.10", ">=3.10,<3.14,!=3.11"), crate(), cpython(11), "cp310-abi3", ("pyo3/abi3-py310",)),
        (native("auto", "==3.12.*"), crate(), cpython(12), "cp312-cp312", ()),
        (native("auto", "==3.12.*"), crate(), cpython(13), "cp39-abi3", ("pyo3/abi3-py39",)),
        (native("3.14", ">=3.10,<3.14", abi3_crate_features=("abi",)), crate(), cpython(12), "cp312-cp312", ()),
        (NATIVE, crate()._replace(promised=(AT_311,)), cpython(12), "cp312-cp312", ()),
    ],
)
def test_each_row_of_the_policy_gives_its_wheel_and_features(
    settings: Settings, found: Crate, target: Target, wheel: str, features: tuple[str, ...]
) -> None:
    result = plan(settings, found, target)
    assert not codes(result)
    assert (result.label, result.features) == (wheel, features)


@pytest.mark.parametrize(
    ("settings", "found", "target", "code"),
    [
        (Settings(abi3="off"), crate("0.30.1", "abi3", "abi3-py39"), cpython(11), "PFB120"),
        (Settings(abi3="3.11"), crate("0.30.1", "abi3", "abi3-py39"), cpython(11), "PFB121"),
        (Settings(abi3="3.7"), crate(), cpython(11), "PFB122"),
        (Settings(abi3t="3.16"), crate(), cpython(15, "t"), "PFB122"),
        (Settings(abi3="current"), crate("0.30.1", "abi3", "abi3-py39"), cpython(11), "PFB121"),
        (Settings(abi3t="off"), crate("0.30.1", "abi3t", "abi3t-py315"), cpython(15, "t"), "PFB124"),
        (SET_311, crate(direct=False), cpython(11), "PFB152"),
        (Settings(features=("serde",)), crate(direct=False), cpython(11), "PFB152"),
        (Settings(abi3_crate_features=("ab",)), crate(), cpython(11), "PFB156"),
        (Settings(features=("multiple-pymethods",)), crate()._replace(inventory="0.3.15"), EMSCRIPTEN, "PFB157"),
        (Settings(features=("pyproto",)), crate(), cpython(11), "PFB151"),
        (Settings(), crate("0.28.3"), PYPY._replace(version=(3, 10)), "PFB140"),
        # Up to 0.25 PyO3's build script had limits of their own for PyPy and GraalPy, below CPython's.
        (Settings(), crate("0.22.6"), PYPY, "PFB140"),
        (Settings(), crate("0.25.1"), PYPY._replace(version=(3, 12)), "PFB140"),
        (Settings(), crate("0.25.1"), GRAALPY, "PFB140"),
        (Settings(abi3="off"), crate(), cpython(17), "PFB140"),
        (Settings(), crate("0.30.1", "abi3", "abi3-py311"), cpython(10), "PFB132"),
        (Settings(), crate(), cpython(13, "t"), "PFB140"),
        (Settings(abi3="off"), crate("0.25.1"), cpython(15), "PFB140"),
        (Settings(abi3="off"), crate("0.15.2"), cpython(12), "PFB140"),
        (Settings(abi3="off"), crate("0.14.5"), cpython(12), "PFB140"),
        (Settings(features=("serd",)), crate(), cpython(11), "PFB151"),
        (Settings(features=("abi3-py39",)), crate(), cpython(11), "PFB150"),
        (Settings(features=("nightly",)), crate(), cpython(11), "PFB153"),
        (Settings(features=("auto-initialize",)), crate(), cpython(11)._replace(shared=False), "PFB154"),
        (Settings(features=("serde",)), crate()._replace(pyo3=None), cpython(11), "PFB101"),
        (Settings(expect=("cp310-abi3",)), crate(), cpython(11), "PFB160"),
        (NATIVE, crate("0.30.1", "abi3", "abi3-py39"), cpython(12), "PFB120"),
        (NATIVE, crate("0.30.1", "abi3", "abi3-py39"), cpython(14), "PFB121"),
        (NATIVE, crate()._replace(promised=(AT_311,)), cpython(14), "PFB121"),
        (NATIVE, crate()._replace(promised=(LIMITED_310,)), cpython(12), "PFB125"),
        (native("3.14", ">=3.15"), crate("0.30.1", "abi3t", "abi3t-py315"), cpython(15), "PFB124"),
        (native("auto", "<3.14"), crate()._replace(pyo3=None), cpython(15), "PFB101"),
        (native("3.14", "<3.14", expect=("native",)), crate(), cpython(14), "PFB160"),
        (native("3.14", "<3.14", expect=("native",)), crate(), cpython(14, "t"), "PFB160"),
        (Settings(abi3="off", expect=("native",)), crate(), cpython(12), "PFB160"),
    ],
)
def test_each_contradiction_is_its_error(settings: Settings, found: Crate, target: Target, code: str) -> None:
    result = plan(settings, found, target)
    assert codes(result) == {code}


def test_native_in_expect_stands_for_the_wheels_of_the_range() -> None:
    settings = native("3.14", ">=3.10,<3.14", expect=("native", "cp314-abi3"))
    for minor in (10, 12, 13, 14, 15):
        assert not codes(plan(settings, crate(), cpython(minor)))


def test_a_native_python_says_so() -> None:
    result = plan(NATIVE, crate(), cpython(12))
    assert dict(result.reasons)["abi"] == 'CPython 3.12 is native (">=3.10,<3.14")'


def test_the_global_switch_of_a_range_warns_where_abi3_is_hard_coded() -> None:
    settings = NATIVE._replace(sources={"abi3": ("environment", Place("$X"))})
    result = plan(settings, crate("0.30.1", "abi3", "abi3-py39"), cpython(12))
    assert (result.label, codes(result, "warning")) == ("cp39-abi3", {"PFB120"})


@pytest.mark.parametrize(
    ("pythons", "useless"),
    [(">=3.10,<3.14", False), (">=3.10", True), ("~=3.12", True), (">=3.15", False), (">=3.10,<3.9", True)],
)
def test_a_range_that_leaves_no_python_to_the_floor_or_has_none_is_a_warning(pythons: str, useless: bool) -> None:
    for minor in (10, 14):
        result = plan(native("3.14", pythons), crate(), cpython(minor))
        assert codes(result, "warning") == ({"PFB127"} if useless else set())


def test_each_part_of_a_plan_has_its_reason() -> None:
    result = plan(SET_311._replace(features=("serde",)), crate("0.25.1", "serde"), cpython(15))
    assert dict(result.reasons).keys() == {"abi", "environment", "extension-module", "serde"}
    assert dict(result.reasons)["serde"] == "already on in the crate graph or the delegate's own features"


def test_an_old_rustc_is_an_error_before_the_compile() -> None:
    assert codes(plan(Settings(), crate(), cpython(11), rustc="1.60.0")) == {"PFB110"}


def test_the_global_off_switch_warns_where_abi3_is_hard_coded() -> None:
    settings = Settings(abi3="off", sources={"abi3": ("environment", Place("$X"))})
    result = plan(settings, crate("0.30.1", "abi3", "abi3-py39"), cpython(11))
    assert result.label == "cp39-abi3"
    assert codes(result, "warning") == {"PFB120"}


def test_a_python_newer_than_pyo3_gets_the_abi3_wheel_with_the_forward_variable() -> None:
    result = plan(Settings(), crate("0.25.1"), cpython(15))
    assert result.label == "cp39-abi3"
    assert result.env == {"PYO3_USE_ABI3_FORWARD_COMPATIBILITY": "1"}


# A release of PyO3: the highest CPython whose own ABI it knows, and its free-threaded ones (its build scripts and
# changelog). 0.15 has no limit, but does not compile above 3.11; what lies above the limit gets a wheel all the same
# where the stable ABI is to be had.
SUPPORTS: dict[str, tuple[int, tuple[int, ...]]] = {
    "0.15.2": (11, ()),
    "0.22.6": (13, ()),
    "0.25.1": (14, (13, 14)),
    "0.26.0": (14, (13, 14)),
    "0.28.3": (15, (13, 14, 15)),
    "0.30.1": (15, (14, 15)),
}


@given(
    minor=st.integers(9, 15),
    flags=st.sampled_from(["", "t", "d"]),
    low=st.integers(6, 15),
    version=st.sampled_from(sorted(SUPPORTS)),
)
def test_a_plan_is_installable_or_its_one_error_is_that_pyo3_does_not_support_the_python(
    minor: int, flags: str, low: int, version: str
) -> None:
    target, found = cpython(minor, flags), crate(version)
    result = plan(Settings(), found, target, (3, low))
    assert found.pyo3 is not None
    assert {feature.split("/")[1] for feature in result.features} <= found.pyo3.known
    if flags:
        assert not any("abi3" in feature for feature in result.features)
    newest, threaded = SUPPORTS[version]
    supported = {"": True, "d": minor <= newest, "t": minor in threaded}[flags]
    assert codes(result) == (set() if supported else {"PFB140"})
    assert all(problem.hint for problem in result.problems)
    # With an error too: it is told of the wheel that would have been.
    accepted = {(tag.interpreter, tag.abi) for tag in cpython_tags((3, minor), [target.wheel_tag[1]], ["any"])}
    assert result.wheel in accepted
    if not supported:
        assert result.wheel == target.wheel_tag


@pytest.mark.parametrize(
    ("found", "target", "wheel", "features"),
    [
        ([crate(), crate(key="py")], cpython(11), "cp39-abi3", [("pyo3/abi3-py39",), ("py/abi3-py39",)]),
        ([crate(), crate("0.30.1", "abi3", "abi3-py310")], cpython(11), "cp310-abi3", [("pyo3/abi3-py39",), ()]),
        ([crate(), crate(direct=False)], cpython(11), "cp311-cp311", [(), ()]),
        ([crate(), crate()._replace(pyo3=None)], cpython(11), "cp311-cp311", [(), ()]),
        ([crate()._replace(pyo3=None)] * 2, cpython(11), "the delegate's default tags", [(), ()]),
        ([crate(library=False), crate()], cpython(11), "cp39-abi3", [(), ("pyo3/abi3-py39",)]),
        ([crate(), crate()._replace(promised=(AT_311,))], cpython(10), "cp310-cp310", [(), ()]),
        ([crate()._replace(promised=(LIMITED_310,))], cpython(11), "cp310-abi3", [("pyo3/abi3-py310",)]),
        ([crate()._replace(promised=(LIMITED,))], cpython(11), "cp39-abi3", [("pyo3/abi3-py39",)]),
        (
            [crate("0.30.1", "abi3")._replace(promised=(LIMITED_310,))],
            cpython(11),
            "cp310-abi3",
            [("pyo3/abi3-py310",)],
        ),
        ([crate()._replace(promised=(LIMITED_310,))] * 2, PYPY, "pp311-pypy311_pp73", [(), ()]),
    ],
)
def test_the_crates_of_one_wheel_agree_on_its_tag(
    found: list[Crate], target: Target, wheel: str, features: list[tuple[str, ...]]
) -> None:
    together, plans = decide_together(basis(Settings(), target), found)
    assert not codes(together)
    assert (together.label, [plan.features for plan in plans]) == (wheel, features)


def test_what_is_asked_of_pyo3_is_not_asked_of_a_program_beside_the_extension() -> None:
    program = crate(library=False)._replace(pyo3=None)
    asked = SET_311._replace(features=("serde",))
    together, plans = decide_together(basis(asked, cpython(12)), [program, crate()])
    assert not codes(together)
    assert (together.label, plans[1].features) == ("cp311-abi3", ("pyo3/abi3-py311", "pyo3/serde"))
    alone, _ = decide_together(basis(asked, cpython(12)), [program])
    assert codes(alone) == {"PFB101"}


def test_a_crate_feature_of_the_stable_abi_goes_to_the_crates_that_have_it() -> None:
    other = crate()._replace(features=frozenset())
    _, plans = decide_together(basis(Settings(abi3_crate_features=("abi",)), cpython(11)), [crate(), other])
    assert [plan.features for plan in plans] == [("pyo3/abi3-py39", "abi"), ("pyo3/abi3-py39",)]
    none, _ = decide_together(basis(Settings(abi3_crate_features=("ab",)), cpython(11)), [crate(), other])
    assert codes(none) == {"PFB156"}


OFF = Settings(abi3="off", sources={"abi3": ("table", HERE)})


@pytest.mark.parametrize(
    ("settings", "found", "target", "held", "expected"),
    [
        (Settings(), crate(), cpython(11), "C", set()),
        (SET_311, crate(), cpython(11), "C", {"PFB170"}),
        (SET_311, crate(), PYPY, "C", set()),
        (Settings(), crate()._replace(promised=(LIMITED,)), cpython(11), "C", {"PFB170"}),
        (OFF, crate()._replace(promised=(LIMITED_310,)), cpython(11), None, {"PFB125"}),
        (SET_311, crate()._replace(promised=(LIMITED_310,)), cpython(11), None, {"PFB121"}),
        (Settings(), crate("0.30.1", "abi3-py39")._replace(promised=(LIMITED_310,)), cpython(11), None, {"PFB126"}),
    ],
)
def test_what_shares_the_wheel_and_py_limited_api_may_contradict(
    settings: Settings, found: Crate, target: Target, held: str | None, expected: set[str]
) -> None:
    holds = [Restriction(held) if held else None]
    together, _ = decide_together(basis(settings, target), [found], holds)
    assert codes(together) == expected
    if held and not expected:
        assert together.wheel == target.wheel_tag


def test_abi3_in_the_graph_of_a_held_crate_is_a_warning() -> None:
    hard = crate("0.30.1", "abi3", "abi3-py39")
    together, _ = decide_together(basis(Settings(), cpython(11)), [hard], [Restriction("C beside")])
    assert (together.label, codes(together, "warning")) == ("cp311-cp311", {"PFB171"})
