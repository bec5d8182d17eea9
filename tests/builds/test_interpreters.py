"""Wheels for the interpreters that pyenv does not have here: built in each, and imported wherever they claim to be for.

`tox -e interpreters` gets them (tools/interpreters.sh) and runs all rows; elsewhere a day has a fifth of them. One that
is not there is named as not run.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from corpus import pythons
from corpus.place import Place, tag_of
from support.corpus import everything
from support.examples import example
from support.seed import part

pytestmark = [
    pytest.mark.build,
    pytest.mark.chosen,
    pytest.mark.skipif(not shutil.which("uv"), reason="not run: there is no uv"),
]
# These are every day's, in the other tests.
PYENV = {f"3.{minor}" for minor in range(6, 14)}
FLOOR = {"PYO3_FEATURES_BACKEND_ABI3T": "3.15"}
OFF = {"PYO3_FEATURES_BACKEND_ABI3": "off"}
# A Python with a GIL takes the ABI of both kinds only where the crate asks for it.
DECLARED = '{ version = "0.30", features = ["abi3t-py315"] }'
# interpreter, environment, the dependency on PyO3 if it is not the example's, tag
ROWS: list[tuple[str, dict[str, str], str, str]] = [
    ("3.13t", {}, '"0.28"', "cp313-cp313t"),
    ("3.14", {}, "", "cp39-abi3"),
    ("3.14", OFF, "", "cp314-cp314"),
    ("3.14t", {}, "", "cp314-cp314t"),
    ("3.15", {}, "", "cp39-abi3"),
    ("3.15", OFF, "", "cp315-cp315"),
    ("3.15", {}, DECLARED, "cp315-abi3.abi3t"),
    ("3.15t", {}, "", "cp315-cp315t"),
    ("3.15t", FLOOR, "", "cp315-abi3.abi3t"),
    ("PyPy 3.11", {}, "", r"pp311-pypy311_pp\d+"),
]
FOUND = pythons.found()
TODAY = ROWS if everything() else part(ROWS, 5)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("place"))


def needed(label: str, row: Any = None) -> pythons.Python:
    if row and row not in TODAY:
        pytest.skip(f"not run: another day's row of {label} (PFB_CORPUS=all)")
    if label not in FOUND:
        pytest.skip(f"not run: there is no Python {label} here (tox -e interpreters)")
    return FOUND[label]


def test_every_interpreter_that_is_known_has_a_row() -> None:
    assert {label for label, *_ in ROWS} | PYENV == set(pythons.KNOWN)


@pytest.mark.parametrize(("label", "environment", "pyo3", "tag"), ROWS)
def test_the_planned_wheel_is_built_and_imported_by_every_python_that_it_is_for(
    label: str, environment: dict[str, str], pyo3: str, tag: str, place: Place, tmp_path: Path
) -> None:
    python = needed(label, (label, environment, pyo3, tag))
    tree = example("hello", tmp_path)
    if pyo3:
        if pyo3 != DECLARED:
            (tree / "Cargo.lock").unlink()
        manifest = tree / "Cargo.toml"
        manifest.write_text(manifest.read_text().replace('pyo3 = "0.30"', f"pyo3 = {pyo3}"))
    wheel = place.wheel(tree, tmp_path / "dist", python, environment)
    assert re.fullmatch(tag, tag_of(wheel))
    takers = [each for each in FOUND.values() if each.claimed(tag_of(wheel)) and each.builds]
    assert python in takers
    for taker in takers:
        target = tmp_path / taker.label
        words = [*taker.before, place.uv, "pip", "install", "-q", "--python", taker.program]
        place.ran([*words, "--target", str(target), str(wheel)], tmp_path)
        said = place.ran([*taker.words, "-c", "import hello_pyo3; print(hello_pyo3.greet('you'))"], target)
        assert said.out == "Hello, you, from Rust\n"


def test_a_free_threaded_python_that_the_pyo3_does_not_support_is_refused_before_a_compile(
    place: Place, tmp_path: Path
) -> None:
    python = needed("3.13t")
    tree = example("hello", tmp_path)
    words = [*python.before, place.uv, "build", "--wheel", "-o", str(tmp_path), "--python", python.program, str(tree)]
    said = place.run(words, tmp_path)
    assert said.status
    assert said.err.count("pyo3-features-backend: error[PFB140]: ") == 1
    assert "Compiling" not in said.err
