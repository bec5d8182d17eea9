"""Whether type stubs can be had."""

from __future__ import annotations

import pytest

from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.decide.stubs import wanted
from pyo3_features_backend.model.crate import Crate
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.words import DelegateName
from support.targets import HERE, case, cpython, crate

ASKED = Settings(stubs=True, sources={"stubs": ("table", HERE)})


@pytest.mark.parametrize(
    ("found", "delegate", "message"),
    [
        (crate(), DelegateName.MATURIN, None),
        (crate("0.28.0"), DelegateName.MATURIN, None),
        (crate("0.27.2"), DelegateName.MATURIN, "no stubs can be written: pyo3 0.27.2 does not describe the extension"),
        (crate("0.17.3"), DelegateName.MATURIN, "no stubs can be written: pyo3 0.17.3 does not describe the extension"),
        (crate(), DelegateName.SETUPTOOLS_RUST, "setuptools-rust cannot write type stubs"),
        (crate(direct=False), DelegateName.MATURIN, "demo uses PyO3 only through another crate"),
    ],
)
def test_stubs_need_a_pyo3_that_describes_and_a_delegate_that_writes(
    found: Crate, delegate: DelegateName, message: str | None
) -> None:
    asked = case(found, cpython(12), ASKED)
    asked = asked._replace(basis=asked.basis._replace(delegate=delegate))
    assert wanted(asked) == (message is None)
    problems = asked.problems.found
    assert [problem.code for problem in problems] == ([] if message is None else ["PFB158"])
    for problem in problems:
        assert str(message) in problem.message
        assert problem.place == HERE
        assert str(problem.hint).endswith("; or remove stubs")


@pytest.mark.parametrize(("version", "works"), [("1.12.6", False), ("1.13.0", True), (None, True)])
def test_an_old_maturin_cannot_write_them(version: str | None, works: bool) -> None:
    asked = case(crate(), cpython(12), ASKED)
    asked = asked._replace(basis=asked.basis._replace(delegate_version=version))
    assert wanted(asked) == works
    assert [problem.message for problem in asked.problems.found] == (
        [] if works else ["maturin 1.12.6 cannot write type stubs"]
    )


def test_a_stub_in_the_tree_is_in_the_way_of_a_new_one() -> None:
    basis = Basis(ASKED, cpython(12), "1.95.0", ">=3.9", (3, 9))
    plan = decide(basis._replace(stub="python/x/_native.pyi"), crate())
    assert not plan.stubs
    (problem,) = plan.problems
    assert (problem.code, problem.severity, problem.place) == ("PFB159", "error", HERE)
    assert 'exclude = ["python/x/_native.pyi"]' in str(problem.hint)


def test_nobody_is_told_anything_who_does_not_ask_or_builds_a_program() -> None:
    for asked in (
        case(crate("0.20.3"), cpython(12)),
        case(crate(library=False), cpython(12), ASKED),
    ):
        assert not wanted(asked)
        assert asked.problems.found == []


def test_the_plan_turns_the_description_on_and_says_why() -> None:
    basis = Basis(ASKED, cpython(12), "1.95.0", ">=3.9", (3, 9))
    plan = decide(basis, crate())
    assert plan.stubs
    assert plan.features == ("pyo3/abi3-py39", "pyo3/experimental-inspect")
    assert ("experimental-inspect", f"maturin writes type stubs, asked for at {HERE}") in plan.notes
    on_already = decide(basis, crate("0.30.1", "experimental-inspect"))
    assert (on_already.stubs, on_already.features) == (True, ("pyo3/abi3-py39",))
    assert not decide(basis._replace(settings=Settings()), crate()).stubs
