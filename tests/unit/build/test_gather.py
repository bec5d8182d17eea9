"""The facts of a build that do not depend on the delegate."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.build import gather, survey
from pyo3_features_backend.build.gather import Facts
from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts import toolchain
from pyo3_features_backend.facts.interpreter import running
from support.examples import EXAMPLES
from support.targets import cpython, crate


@pytest.fixture(scope="module")
def facts() -> Facts:
    return survey.facts_of(EXAMPLES / "hello", None)


@pytest.mark.parametrize(
    ("environ", "triple", "words"),
    [
        ({}, None, None),
        ({"PYO3_PYTHON": sys.executable}, None, None),
        ({"PYO3_PYTHON": ""}, None, None),
        ({"PYO3_PYTHON": "/nowhere/python"}, None, "PYO3_PYTHON=/nowhere/python contradicts the interpreter"),
        ({"PYO3_CROSS_LIB_DIR": "/x"}, None, "PYO3_CROSS_LIB_DIR=/x is for cross-compiling"),
        ({"PYO3_CROSS_PYTHON_VERSION": "3.9"}, None, "PYO3_CROSS_PYTHON_VERSION=3.9 is for cross-compiling"),
        ({"PYO3_CROSS_LIB_DIR": "/x", "PYO3_CROSS_PYTHON_VERSION": "3.9"}, "aarch64-unknown-linux-gnu", None),
    ],
)
def test_a_variable_that_names_another_python_is_an_error(
    environ: dict[str, str], triple: str | None, words: str | None
) -> None:
    target = running()._replace(cross_triple=triple)
    if words is None:
        gather.check_contradictions(environ, target)
        return
    with pytest.raises(TargetError, match=words) as caught:
        gather.check_contradictions(environ, target)
    assert "unset PYO3_" in str(caught.value.hint)


def test_a_python_that_cannot_run_here_contradicts_no_interpreter() -> None:
    gather.check_contradictions({"PYO3_PYTHON": "/nowhere/python"}, cpython(12))


def test_a_rustc_that_may_use_nightly_features_is_a_dev_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUSTC_BOOTSTRAP", raising=False)
    release, host = gather.release_and_host(toolchain.ask_rustc(tmp_path))
    monkeypatch.setenv("RUSTC_BOOTSTRAP", "1")
    assert gather.release_and_host(toolchain.ask_rustc(tmp_path)) == (f"{release}-dev", host)


def test_the_crate_of_a_wheel_is_the_first_with_pyo3(facts: Facts) -> None:
    (extension,) = facts.extensions
    program, other = crate()._replace(pyo3=None, name="program"), crate()._replace(name="other")
    found = [None, program, other, crate()]
    several = facts._replace(extensions=tuple(extension._replace(crate=one) for one in found))
    assert [one.name for one in several.crates] == ["program", "other", "demo"]
    assert several.crate == other
    assert facts._replace(extensions=several.extensions[:2]).crate == program
    assert facts._replace(extensions=several.extensions[:1]).crate is None


def test_the_line_of_a_build_says_the_wheel_and_why(facts: Facts) -> None:
    plan = facts.plan._replace(wheel=("cp39", "abi3"), reason="so", features=("pyo3/a", "b"))
    (extension,) = facts.extensions
    with_plan = facts._replace(plan=plan, extensions=(extension._replace(crate=crate("0.30.1")),))
    assert gather.summary(with_plan) == ("cp39-abi3 for hello-pyo3 (so, PyO3 0.30.1); features: pyo3/a b")
    bare = with_plan._replace(extensions=(), plan=plan._replace(features=(), wheel=None))
    assert gather.summary(bare) == "a wheel without Rust for hello-pyo3: so"
    unread = bare._replace(extensions=(extension._replace(crate=None),))
    assert gather.summary(unread) == "maturin's default tags for hello-pyo3 (so)"
    without = extension._replace(crate=crate()._replace(pyo3=None))
    assert gather.summary(with_plan._replace(extensions=(without,))).endswith(": the crate does not use PyO3")
    assert gather.summary(with_plan._replace(extensions=(without, without))).endswith("the crates do not use PyO3")
