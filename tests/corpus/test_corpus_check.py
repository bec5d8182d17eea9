"""What ``check`` finds in real projects: each finding was read against the file, and is kept in golden/check.

``PFB_GOLDEN=write`` writes those files anew, to be read again.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.author.checks import check
from pyo3_features_backend.facts.cross import of_version
from pyo3_features_backend.facts.interpreter import running
from support.corpus import SDISTS, SETUPTOOLS_EXAMPLES, fetch

pytestmark = pytest.mark.corpus

GOLDEN = Path(__file__).parent / "golden" / "check"


def findings(root: Path) -> list[dict[str, Any]]:
    """The findings on a tree, the same on each machine."""
    # Which toolchains and which rustc are installed is not the project's matter.
    for file in root.glob("rust-toolchain*"):
        file.unlink()
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    found = [
        problem.as_json()
        for problem in check(root, of_version("3.12", "CPython", running()), {})
        if problem.code != "PFB110"
    ]
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    for one in found:  # without a lock file the resolved patch release is today's
        one["message"] = re.sub(r"(\d+\.\d+)\.\d+", r"\1.*", str(one["message"]))
    return found


def compare(name: str, found: list[dict[str, Any]]) -> None:
    file = GOLDEN / f"{name}.json"
    if os.environ.get("PFB_GOLDEN") == "write":
        GOLDEN.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(file.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(set(SDISTS) - {"adblock", "setuptools_rust"}))
def test_what_is_found_in_a_real_project_is_what_was_read_there(name: str, tmp_path: Path) -> None:
    compare(name, findings(fetch(name, tmp_path / "sdist")))


@pytest.fixture(scope="session")
def examples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch("setuptools_rust", tmp_path_factory.mktemp("examples") / "sdist") / "examples"


@pytest.mark.parametrize("name", SETUPTOOLS_EXAMPLES)
def test_what_is_found_in_setuptools_rusts_examples_is_what_was_read_there(name: str, examples: Path) -> None:
    if name == "rust_with_cffi":
        pytest.importorskip("cffi", reason="not run: its setup.py needs cffi")
    compare(f"setuptools_rust-{name}", findings(examples / name))


def test_no_golden_file_is_left_over() -> None:
    expected = {*SDISTS, *(f"setuptools_rust-{name}" for name in SETUPTOOLS_EXAMPLES)}
    expected -= {"adblock", "setuptools_rust"}
    assert {file.stem for file in GOLDEN.glob("*.json")} == expected
