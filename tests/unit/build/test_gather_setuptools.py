"""The facts of a project that setuptools-rust builds: of distributions by value, with the real cargo."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.build import gather_setuptools
from pyo3_features_backend.build.gather import Facts
from pyo3_features_backend.build.start import Start
from pyo3_features_backend.delegates.setuptools_rust import Distribution
from pyo3_features_backend.errors import CrateError, Place, ToolchainError
from pyo3_features_backend.model.arguments import Arguments
from pyo3_features_backend.model.extension import Extension
from support.examples import example
from support.files import replace
from support.targets import cpython

HERE = Place("setup.py", 4)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return example("setuptools", tmp_path)


def extension(root: Path, name: str = "mixed._native", manifest: str = "Cargo.toml") -> Extension:
    return Extension(name, root / manifest, manifest, Arguments(), place=HERE)


def facts(root: Path, *extensions: Extension, minor: int = 12, **more: object) -> Facts:
    distribution = Distribution("mixed", ">=3.9", HERE, extensions, None, (), None)
    changed = distribution._replace(**more)  # type: ignore[arg-type]
    return gather_setuptools.facts(Start.read(root, None), changed, cpython(minor))


def test_a_wheel_of_one_extension_has_its_plan(root: Path) -> None:
    found = facts(root, extension(root))
    assert (found.plan.label, found.plan.problems, found.warnings) == ("cp39-abi3", (), ())
    assert found.extensions[0].features == ["pyo3/abi3-py39"]


def test_py_limited_api_is_a_promise_of_the_wheel_and_of_the_extension(root: Path) -> None:
    found = facts(root, extension(root)._replace(limited=True), limited=((3, 11), HERE))
    assert found.crate
    assert [(one.feature, one.by) for one in found.crate.promised] == [
        ("abi3-py311", "py_limited_api"),
        ("abi3", "py_limited_api"),
    ]
    assert found.plan.label == "cp311-abi3"


@pytest.mark.parametrize(
    ("limited", "unlimited", "words"),
    [
        (False, (), "mixed._native has py_limited_api = False"),
        (None, ("c",), "C extension c does not use the limited API"),
    ],
)
def test_a_part_that_has_no_stable_abi_makes_the_wheel_version_specific(
    limited: bool | None, unlimited: tuple[str, ...], words: str, root: Path
) -> None:
    found = facts(root, extension(root)._replace(limited=limited), unlimited=unlimited)
    assert found.plan.label == "cp312-cp312"
    assert words in found.plan.reason


def test_a_crate_that_cannot_be_read_is_an_error_or_a_warning_if_it_is_optional(root: Path) -> None:
    missing = extension(root, "mixed.none", "none/Cargo.toml")
    with pytest.raises(CrateError, match=r"there is no none/Cargo\.toml"):
        facts(root, extension(root), missing)
    found = facts(root, extension(root), missing._replace(optional=True))
    assert found.plan.label == "cp39-abi3"
    assert [one.crate is None for one in found.extensions] == [False, True]
    (warning,) = found.warnings
    assert warning.message.startswith("optional Rust extension mixed.none: there is no none/Cargo.toml")
    alone = facts(root, missing._replace(optional=True))
    assert (alone.plan.wheel, alone.plan.reason) == (None, "no extension could be read")


def test_an_optional_extension_that_cannot_be_built_here_is_left_out(root: Path) -> None:
    replace(root / "Cargo.toml", "edition", 'rust-version = "1.999"\nedition')
    found = facts(root, extension(root)._replace(optional=True))
    assert found.extensions[0].crate is None
    (warning,) = found.warnings
    assert (warning.code, warning.severity) == ("PFB110", "warning")
    assert "optional Rust extension mixed._native: rustc " in warning.message
    required = facts(root, extension(root))
    assert [problem.code for problem in required.plan.problems] == ["PFB110"]


def test_without_cargo_optional_extensions_are_a_warning_and_a_program_needs_none(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    found = facts(root, extension(root)._replace(program=True))
    assert (found.rustc, found.warnings) == ("", ())
    optional = extension(root)._replace(optional=True)
    alone = facts(root, optional)
    assert (alone.rustc, alone.extensions[0].crate) == ("", None)
    assert [(warning.code, warning.message) for warning in alone.warnings] == [("PFB180", "rustc is not installed")]
    with pytest.raises(ToolchainError, match="rustc is not installed"):
        facts(root, extension(root), optional)
