"""What a project builds before its migration, and whether the wheel then serves less."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.migrate.compare import Side, narrower, side_of
from pyo3_features_backend.build import survey
from pyo3_features_backend.build.gather import Facts
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import project
from pyo3_features_backend.model.crate import Request
from pyo3_features_backend.model.words import DelegateName
from support.examples import EXAMPLES
from support.files import replace
from support.targets import HERE, cpython, crate

NEW = cpython(13)


@pytest.fixture(scope="module")
def facts() -> Facts:
    return survey.facts_of(EXAMPLES / "hello", None)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, (3, 9), None),
        ((3, 9), (3, 9), None),
        ((3, 11), (3, 9), None),
        ((3, 9), (3, 11), "the wheel was for every Python from 3.9 on, and will be for those from 3.11 on"),
        ((3, 9), None, "the wheel was for every Python from 3.9 on, and will be for one (own)"),
    ],
)
def test_a_wheel_for_fewer_pythons_is_told(
    before: tuple[int, int] | None, after: tuple[int, int] | None, words: str | None, facts: Facts
) -> None:
    now, then = Side(facts, floor=before), Side(facts, floor=after, wheel="own")
    assert narrower(now, then) == words
    assert narrower(now, then._replace(facts=None)) is None


def side(facts: Facts, on: tuple[str, ...], promised: tuple[Request, ...] = (), **more: object) -> Side:
    found = crate("0.30.1", *on)._replace(promised=promised)
    extension = facts.extensions[0]._replace(crate=found)
    changed = facts._replace(target=NEW, extensions=(extension,))._replace(**more)  # type: ignore[arg-type]
    return Side(changed, wheel="ours", floor=(3, 8))


@pytest.mark.parametrize(
    ("on", "wheel", "floor", "features"),
    [
        ((), "cp313-cp313", None, ()),
        (("abi3",), "cp313-abi3", (3, 13), ("abi3",)),
        (("abi3", "abi3-py310", "abi3-py311"), "cp310-abi3", (3, 10), ("abi3-py310",)),
        (("abi3-py314", "extension-module"), "cp313-cp313", None, ("abi3-py314", "extension-module")),
    ],
)
def test_maturin_takes_the_lowest_floor_that_is_on(
    on: tuple[str, ...], wheel: str, floor: tuple[int, int] | None, features: tuple[str, ...], facts: Facts
) -> None:
    other = facts.project._replace(table={"build-system": {"build-backend": "maturin"}})
    found = side(facts, on).as_today(other)
    assert (found.wheel, found.floor, found.features) == (wheel, floor, features)
    threaded = side(facts, on, target=cpython(13, "t")).as_today(other)
    assert (threaded.wheel, threaded.floor) == ("cp313-cp313t", None)


def test_setuptools_rust_takes_py_limited_api_and_nothing_else(facts: Facts) -> None:
    other = facts.project._replace(table={})
    given = (Request("abi3-py311", HERE, "py_limited_api"), Request("abi3-py39", HERE, "[tool.maturin]"))
    found = side(facts, ("abi3-py310",), given, delegate=DelegateName.SETUPTOOLS_RUST).as_today(other)
    assert (found.wheel, found.floor) == ("cp311-abi3", (3, 11))
    assert found.features == ("abi3-py310", "extension-module")


def test_a_project_of_this_backend_builds_what_its_plan_says(facts: Facts) -> None:
    ours = side(facts, ("abi3",))
    assert ours.as_today(project.load(EXAMPLES / "hello")) is ours


def test_a_project_without_a_plan_has_its_error_for_it(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = "3.9+"')
    found = side_of(hello, None)
    assert (found.facts, found.wheel) == (None, "not known")
    assert isinstance(found.error, ProjectError)
