"""``check`` as a whole: what it runs, and what cannot be read; each finding is tested with its module."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import check
from pyo3_features_backend.errors import ProjectError
from support.checks import built_by, found, line, the
from support.examples import EXAMPLES, example
from support.files import add, replace
from support.targets import cpython_here


def test_it_is_among_the_findings_of_a_project(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    (root / "build.rs").write_text('fn main() { std::env::var("DEMO_MODE"); }\n')
    # The example has no cache keys either.
    assert sorted(problem.code for problem in check(root, cpython_here("3.12"), {})) == ["PFB272", "PFB281"]


def test_a_project_in_order_has_no_finding(hello: Path) -> None:
    assert check(hello, cpython_here("3.12"), {}) == []


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_our_examples_have_no_error_and_stay_as_they_are(name: str, tmp_path: Path) -> None:
    root = example(name, tmp_path)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert [problem for problem in check(root, environ={}) if problem.severity == "error"] == []
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_a_folder_without_a_project_is_an_error_of_the_call(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"there is no pyproject\.toml"):
        check(tmp_path)


def test_a_broken_manifest_is_a_finding_and_the_other_checks_go_on(hello: Path) -> None:
    add(hello / "Cargo.toml", "[dependencies\n")
    add(hello / "Makefile", "dev:\n\tmaturin develop\n")
    the(hello, "PFB220", "Cargo.toml:12", "not valid TOML", beside="PFB271")
    the(hello, "PFB271", "Makefile:2", beside="PFB220")


def test_without_cargo_the_declarations_are_checked_all_the_same(hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.7"')
    replace(hello / "pyproject.toml", "src/**/*.rs", "rust/**/*.rs")
    (problem,) = found(hello, "PFB220")
    assert (problem.message, problem.place) == ("cargo is not installed", None)
    the(hello, "PFB243", "pyproject.toml:8", beside="PFB220 PFB272")
    the(hello, "PFB272", line(hello / "pyproject.toml", "cache-keys"), "src/lib.rs", beside="PFB220 PFB243")


def test_a_specifier_that_is_none_is_a_finding_with_its_line(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = "3.9+"')
    the(hello, "PFB220", "pyproject.toml:8", "not a version specifier")


def test_a_project_with_another_backend_is_told_so(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'build-backend = "pyo3_features_backend"', 'build-backend = "maturin"')
    the(hello, "PFB221", "pyproject.toml:3", "build-backend is 'maturin'")


def test_a_project_that_maturin_builds_is_in_order(hello: Path) -> None:
    assert check(built_by(hello, '["maturin"]', "maturin"), cpython_here("3.12"), {}) == []


def test_a_backend_that_compiles_in_an_unknown_way_is_told_so(hello: Path) -> None:
    the(built_by(hello, '["hatchling"]', "hatchling.build"), "PFB221", "pyproject.toml:3", "how that compiles")


def test_a_backend_of_the_projects_own_may_call_ours(hello: Path) -> None:
    replace(hello / "pyproject.toml", '"pyo3_features_backend"', '"own"\nbackend-path = ["tools"]')
    (hello / "tools").mkdir()
    (hello / "tools" / "own.py").write_text("from maturin import *\n")
    (problem,) = found(hello, "PFB221")
    assert (problem.hint or "").startswith("let it call pyo3_features_backend; ")
    (hello / "tools" / "own.py").write_text("import os\nfrom pyo3_features_backend import *\n")
    assert not found(hello, "PFB221")
