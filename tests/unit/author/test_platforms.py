"""Pyodide, Android and iOS: their Pythons, the plan of each, and what cibuildwheel builds them with."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.matrix import Matrix, allowed, formats, of_plans
from pyo3_features_backend.author.platforms import PLATFORMS, configured, known_on, of_wheel
from pyo3_features_backend.author.pythons import identifier
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.model.settings import Settings
from support.matrices import wheels
from support.targets import cpython, crate


def matrix(name: str, settings: Settings, version: str = "0.30.1", *on: str) -> Matrix:
    targets = allowed(known_on(PLATFORMS[name], cpython(11)), ">=3.9", [])
    plans = [(each, decide(Basis(settings, each, "1.95.0", ">=3.9", (3, 9)), crate(version, *on))) for each in targets]
    return of_plans(plans, {})


def test_their_pythons_are_those_of_cibuildwheel() -> None:
    known = {name: known_on(platform, cpython(11)) for name, platform in PLATFORMS.items()}
    assert {name: " ".join(map(identifier, targets)) for name, targets in known.items()} == {
        "pyodide": "cp312 cp313 cp314 cp315",
        "android": "cp313 cp314 cp315",
        "ios": "cp313 cp314 cp315",
    }
    assert [known[name][0].is_wasm for name in known] == [True, False, False]
    assert [known[name][0].pointer_width for name in known] == [32, 64, 64]
    assert {target.executable for targets in known.values() for target in targets} == {None}


@pytest.mark.parametrize("name", ["android", "ios"])
def test_android_and_ios_share_a_stable_abi_wheel(name: str) -> None:
    found = matrix(name, Settings())
    assert wheels(found) == {"cp39-abi3": "cp313 cp314 cp315"}
    assert formats.cibuildwheel(found, PLATFORMS[name]) == f'CIBW_PLATFORM="{name}"\nCIBW_BUILD="cp313-*"'
    assert list(wheels(matrix(name, Settings(abi3="off")))) == ["cp313-cp313", "cp314-cp314", "cp315-cp315"]
    above = matrix(name, Settings(abi3="3.14"))
    assert wheels(above) == {"cp313-cp313": "cp313", "cp314-abi3": "cp314 cp315"}
    assert 'CIBW_BUILD="cp313-* cp314-*"' in formats.cibuildwheel(above, PLATFORMS[name])


@pytest.mark.parametrize("abi3", ["auto", "3.13", "current", "off"])
def test_pyodide_has_a_wheel_for_each_python(abi3: str) -> None:
    found = matrix("pyodide", Settings(abi3=abi3))
    assert wheels(found) == {f"cp3{n}-cp3{n}": f"cp3{n}" for n in (12, 13, 14, 15)}
    assert formats.cibuildwheel(found, PLATFORMS["pyodide"]).splitlines() == [
        'CIBW_PLATFORM="pyodide"',
        'CIBW_BUILD="cp312-* cp313-* cp314-* cp315-*"',
        'CIBW_ENABLE="pyodide-eol"',
    ]


def test_what_pyo3_supports_and_what_is_hard_coded_is_said_there_too() -> None:
    older = matrix("pyodide", Settings(), "0.25.1")
    assert list(wheels(older)) == ["cp312-cp312", "cp313-cp313", "cp314-cp314"]
    assert [identifier(gap.target) for gap in older.gaps] == ["cp315"]
    warned = matrix("pyodide", Settings(), "0.30.1", "abi3-py39").warnings
    assert [each.problem.code for each in warned] == ["PFB123"]


@pytest.mark.parametrize(
    ("tag", "name"),
    [
        ("pyemscripten_2026_0_wasm32", "pyodide"),
        ("pyodide_2025_0_wasm32", "pyodide"),
        ("emscripten_3_1_58_wasm32", "pyodide"),
        ("android_24_arm64_v8a", "android"),
        ("ios_13_0_arm64_iphonesimulator", "ios"),
        ("macosx_11_0_arm64", None),
        ("manylinux_2_17_x86_64.manylinux2014_x86_64", None),
        ("any", None),
    ],
)
def test_a_wheel_names_its_platform(tag: str, name: str | None) -> None:
    assert of_wheel(f"demo_ios_1-1.0-cp313-cp313-{tag}.whl") == (PLATFORMS[name] if name else None)


def test_the_tables_of_cibuildwheel_name_platforms() -> None:
    table = {"tool": {"cibuildwheel": {"build": "cp313-*", "ios": {"test-command": ""}, "linux": {}, "pyodide": {}}}}
    assert [platform.name for platform in configured(table)] == ["pyodide", "ios"]
    assert configured({"tool": {"cibuildwheel": 3}}) == configured({}) == []
