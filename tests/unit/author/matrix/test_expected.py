"""The setting ``expect`` for all wheels of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.matrix import expected
from pyo3_features_backend.author.matrix.survey import survey
from pyo3_features_backend.build.survey import facts_of
from pyo3_features_backend.errors import BackendError, PlanError, ProjectError
from pyo3_features_backend.facts import project
from pyo3_features_backend.model.words import Severity
from support.checks import line
from support.examples import example
from support.files import replace
from support.targets import cpython_here

TABLE = "[tool.pyo3-features-backend]\n"
NATIVE = 'abi3 = { floor = "3.14", native = ">=3.10,<3.14" }\n'
OTHERS = ["cp314-cp314t", "cp315-cp315t", "pp311-pypy311_pp80", "pp312-pypy312_pp80"]


def labels(root: Path) -> list[str]:
    return expected.labels(*survey(root, expected.WITHOUT))


def ranged(root: Path, more: str = "") -> None:
    replace(root / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.10"')
    replace(root / "pyproject.toml", TABLE, TABLE + NATIVE + more)


def test_the_wheels_of_a_range_are_one_word(hello: Path) -> None:
    assert labels(hello) == ["cp39-abi3", *OTHERS]
    ranged(hello)
    assert labels(hello) == ["native", "cp314-abi3", *OTHERS]


def test_a_list_that_is_there_is_not_in_the_way(hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ranged(hello, 'expect = ["cp39-abi3"]\n')
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_EXPECT", "cp38-abi3")
    assert labels(hello) == ["native", "cp314-abi3", *OTHERS]


def test_where_the_floor_is_that_of_the_building_python_each_build_is_expected(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.13"')
    replace(hello / "pyproject.toml", TABLE, TABLE + 'abi3 = "current"\n')
    assert labels(hello)[:3] == ["cp313-abi3", "cp314-abi3", "cp315-abi3"]


@pytest.mark.parametrize("before", ["", 'expect = ["pp311-pypy311_pp80", "cp39-abi3"] # a guard\n'])
def test_what_is_written_lets_every_build_through_and_the_second_time_there_is_nothing_to_write(
    hello: Path, before: str
) -> None:
    ranged(hello, before)
    wanted = labels(hello)
    change = expected.change(project.load(hello), wanted)
    assert change is not None
    assert ("# a guard" in change.after) == bool(before)
    change.path.write_text(change.after, encoding="utf-8")
    assert expected.change(project.load(hello), wanted) is None
    for minor in (10, 12, 14, 15):
        problems = facts_of(hello, cpython_here(f"3.{minor}")).plan.problems
        assert not [problem for problem in problems if problem.severity == Severity.ERROR]
    replace(hello / "pyproject.toml", '">=3.10,<3.14"', '">=3.10,<3.12"')
    replace(hello / "pyproject.toml", 'floor = "3.14"', 'floor = "3.12"')
    assert "PFB160" in {problem.code for problem in facts_of(hello, cpython_here("3.12")).plan.problems}


def test_carriage_returns_stay(hello: Path) -> None:
    file = hello / "pyproject.toml"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    change = expected.change(project.load(hello), ["cp39-abi3"])
    assert change is not None
    assert change.after.count("\n") == change.after.count("\r\n") == change.before.count("\n") + 1


def test_a_project_without_a_table_gets_one(hello: Path) -> None:
    replace(hello / "pyproject.toml", TABLE + 'verify = ["tags", "import"]\n', "")
    change = expected.change(project.load(hello), ["cp39-abi3"])
    assert change is not None
    assert change.after.endswith(f'\n\n{TABLE}expect = ["cp39-abi3"]\n')


def test_an_override_with_a_list_of_its_own_is_an_error(hello: Path) -> None:
    own = '\n[[tool.pyo3-features-backend.overrides]]\nif = { platform = "linux" }\nexpect = ["cp39-abi3"]\n'
    file = hello / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8") + own, encoding="utf-8")
    with pytest.raises(ProjectError, match="an override has an `expect` of its own") as caught:
        expected.change(project.load(hello), ["cp39-abi3"])
    assert str(caught.value.place) == line(file, "[[tool")
    replace(file, 'platform = "linux"', 'platform = "emscripten"')
    change = expected.change(project.load(hello), ["cp39-abi3"])
    assert change and own.replace("linux", "emscripten") in change.after


def test_a_python_that_gets_no_wheel_is_corrected_first(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py312"] }')
    with pytest.raises(PlanError, match=r"CPython 3.9 to 3.11 would get no wheel.*\n.*PFB132") as caught:
        labels(hello)
    assert str(caught.value.place) == "Cargo.toml:11"


def test_without_pyo3_there_is_nothing_to_expect(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    replace(root / "Cargo.toml", 'pyo3 = "0.30"', "")
    (root / "Cargo.lock").unlink()
    with pytest.raises(BackendError, match="no wheel of this project has a plan"):
        labels(root)
