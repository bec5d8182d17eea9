"""What a workflow depends on: the flags of each wheel, by who builds the project, with what."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pyo3_features_backend.author.ci import Tool
from pyo3_features_backend.author.ci.survey import survey
from pyo3_features_backend.errors import DelegateError
from support.checks import built_by
from support.examples import example
from support.files import add, write


def options(root: Path, tool: Tool | None = None) -> list[tuple[str, str]]:
    """(the first wheel, the options) of each call."""
    return [(call.wheels[0].label, call.options) for call in survey(root, tool).calls]


def test_maturin_action_gets_the_flags_of_each_wheel_and_the_lock(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    wanted = [("cp39-abi3", "--locked --features pyo3/abi3-py39"), ("cp314-cp314t", "--locked")]
    assert options(root) == wanted
    assert options(built_by(root, '["maturin"]', "maturin")) == wanted
    (root / "Cargo.lock").unlink()
    assert options(root) == [(wheel, text.replace("--locked", "").strip()) for wheel, text in wanted]


def test_a_lock_that_git_ignores_or_that_the_project_asks_for_is_no_option(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / ".gitignore").write_text("Cargo.lock\n")
    assert options(root)[0] == ("cp39-abi3", "--features pyo3/abi3-py39")
    (root / ".gitignore").unlink()
    add(root / "pyproject.toml", "\n[tool.maturin]\nlocked = true\n")
    assert "--locked" not in options(root)[0][1]


def test_cibuildwheel_gets_what_the_backend_does_not_plan_itself(tmp_path: Path) -> None:
    hello, mixed = example("hello", tmp_path), example("setuptools", tmp_path)
    assert options(hello, Tool.CIBUILDWHEEL) == [("cp39-abi3", "build-args=--locked")]
    assert options(mixed) == [("cp39-abi3", "")]
    assert options(built_by(hello, '["maturin"]', "maturin"), Tool.CIBUILDWHEEL) == [
        ("cp39-abi3", "'build-args=--locked --features=pyo3/abi3-py39'"),
        ("cp314-cp314t", "build-args=--locked"),
    ]
    alone = built_by(mixed, '["setuptools", "setuptools-rust"]', "setuptools.build_meta")
    assert options(alone) == [("cp39-abi3", "--build-option=--py-limited-api=cp39"), ("cp314-cp314t", "")]


def test_maturin_action_does_not_build_for_setuptools_rust(tmp_path: Path) -> None:
    with pytest.raises(DelegateError, match="maturin-action does not"):
        survey(example("setuptools", tmp_path), Tool.MATURIN_ACTION)


def test_what_a_tool_cannot_build_is_left_out(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    (root / "Cargo.lock").unlink()
    (root / "Cargo.toml").write_text((root / "Cargo.toml").read_text().replace('pyo3 = "0.30"', 'pyo3 = "=0.26.0"'))
    assert [wheel.label[:2] for wheel in survey(root, None).left_out] == ["gr", "gr"]
    assert [wheel.label for wheel in survey(root, Tool.CIBUILDWHEEL).left_out] == ["cp313-cp313t"]


def test_the_tests_are_those_that_the_project_has(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    assert survey(root, None).tests == "python -I -c 'import hello_pyo3'"
    (root / "tests").mkdir()
    (root / "tests" / "it.rs").write_text("#[test]\nfn it() {}\n")
    assert survey(root, None).tests == "python -I -c 'import hello_pyo3'"
    (root / "tests" / "test_it.py").write_text("")
    assert survey(root, None).tests == "pytest"
    assert survey(example("setuptools", tmp_path), None).tests == "python -I -c 'import mixed._native'"


def test_sources_in_the_projects_folder_do_not_hide_the_wheel(tmp_path: Path) -> None:
    root = example("hello", tmp_path)
    write(root, {"hello_pyo3/__init__.py": "from .hello_pyo3 import *\n", "conftest.py": ""})
    assert survey(root, None).tests == "pytest --import-mode=append"
    (root / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    assert survey(root, None).tests == "pytest"


def test_a_project_that_installs_rust_for_cibuildwheel_goes_on_doing_so(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    assert not survey(root, None).rust_by_project
    add(root / "pyproject.toml", '\n[tool.cibuildwheel.linux]\nbefore-all = "sh rust.sh"\n')
    assert survey(root, None).rust_by_project


@pytest.mark.parametrize("line", ["linux = 3", "[tool.cibuildwheel.linux]\nbefore-all = 3"])
def test_a_table_of_cibuildwheel_may_be_anything(line: str, tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    add(root / "pyproject.toml", f"\n[tool.cibuildwheel]\n{line}\n")
    assert survey(root, None).rust_by_project == ("before-all" in line)
