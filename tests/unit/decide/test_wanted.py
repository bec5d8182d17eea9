"""The features that a project asks for."""

from __future__ import annotations

import pytest

from pyo3_features_backend.decide.wanted import crate_features, pyo3_features
from pyo3_features_backend.model.settings import Settings
from support.targets import case, cpython, crate


def found(settings: Settings, version: str = "0.30.1", rustc: str = "1.95.0") -> tuple[list[str], list[str], str]:
    """The features that can be turned on, the codes of the problems, and the first hint."""
    asked = case(crate(version), cpython(12), settings, rustc)
    features = pyo3_features(asked)
    problems = asked.problems.found
    return features, [problem.code for problem in problems], str(problems[0].hint) if problems else ""


def test_a_feature_is_turned_on_once_and_one_that_cannot_be_is_left_out() -> None:
    given = ("serde", "serde", "abi3-py39", "extension-module", "macros")
    assert found(Settings(features=given))[:2] == (["serde", "macros"], ["PFB150", "PFB150"])


@pytest.mark.parametrize(
    ("setting", "rustc", "expected"),
    [
        ("off", "1.97.0-nightly", []),
        ("auto", "1.95.0", []),
        ("auto", "1.97.0-nightly", ["nightly"]),
        ("auto", "1.95.0-dev", ["nightly"]),
        ("on", "1.97.0-nightly", ["nightly"]),
    ],
)
def test_nightly_goes_with_the_toolchain(setting: str, rustc: str, expected: list[str]) -> None:
    assert found(Settings(nightly=setting), rustc=rustc) == (expected, [], "")


def test_nightly_that_the_toolchain_cannot_do_is_an_error() -> None:
    assert found(Settings(nightly="on"))[:2] == ([], ["PFB153"])


def test_a_feature_for_programs_is_turned_on_with_a_warning() -> None:
    assert found(Settings(features=("auto-initialize",)))[:2] == (["auto-initialize"], ["PFB155"])


@pytest.mark.parametrize(
    ("name", "version", "hint"),
    [
        ("pyproto", "0.30.1", "PyO3 0.17.3 was the last release with it"),
        ("experimental-inspect", "0.15.2", "PyO3 0.18.0 is the first release with it"),
        ("serd", "0.30.1", "did you mean serde?"),
    ],
)
def test_the_hint_for_an_unknown_feature_is_the_release_with_it_or_a_name_like_it(
    name: str, version: str, hint: str
) -> None:
    assert found(Settings(features=(name,)), version) == ([], ["PFB151"], hint)


def test_without_a_name_like_it_all_are_listed() -> None:
    assert found(Settings(features=("zzz",)))[2].startswith("it has abi3, abi3-py310, ")


def test_a_feature_of_the_crate_that_it_does_not_have_is_an_error() -> None:
    asked = case(crate(), cpython(12), Settings(abi3_crate_features=("abi", "abl", "zzz")))
    assert crate_features(asked) == ["abi", "abl", "zzz"]
    assert [(problem.code, problem.hint) for problem in asked.problems.found] == [
        ("PFB156", "did you mean 'abi'?"),
        ("PFB156", "its features are in [features] of its Cargo.toml"),
    ]
