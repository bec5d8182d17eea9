"""cargo by hand and a build through the hooks: what links, what runs, and what is compiled again; real crates."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.builds import Build
from support.cargo_project import command, hello_with_a_test

pytestmark = pytest.mark.build


def compiled(said: str) -> list[str]:
    rows = [row.split() for row in said.splitlines()]
    return sorted(row[1] for row in rows if row and row[0] in ("Compiling", "Checking"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return hello_with_a_test(tmp_path)


def test_going_back_and_forth_compiles_nothing_again(
    project: Path, tmp_path: Path, build: Build, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = str(tmp_path_factory.getbasetemp() / "cargo-verb")
    steps = {
        "check": lambda: command(project, "check", CARGO_TARGET_DIR=target),
        "test": lambda: command(project, "--auto-initialize", "test", CARGO_TARGET_DIR=target),
        "wheel": lambda: build(project, CARGO_TARGET_DIR=target),
    }
    for turn in range(2):
        for name in ("check", "test", "wheel", "test", "check", "wheel"):
            result = steps[name]()
            assert result.returncode == 0, (name, result.stdout + result.stderr)
            if name == "test":
                assert "python_answers ... ok" in result.stdout
            if turn:
                assert compiled(result.stderr) == [], name


def test_cargo_itself_shares_them_with_a_configuration_of_ours(
    project: Path, tmp_path: Path, build: Build, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = {**os.environ, "CARGO_TARGET_DIR": str(tmp_path_factory.getbasetemp() / "cargo-verb")}
    library = project / "src" / "lib.rs"
    library.write_text(library.read_text().replace("let said", "Python::initialize(); let said"))
    said = command(project, "env", "--format", "cargo-config")
    assert said.returncode == 0, said.stderr
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(said.stdout)

    def plain(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["cargo", *words], cwd=project, capture_output=True, text=True, check=False, env=own)

    for turn in range(2):
        for step in ("check", "test", "wheel", "check", "test"):
            result = build(project, CARGO_TARGET_DIR=own["CARGO_TARGET_DIR"]) if step == "wheel" else plain(step)
            assert result.returncode == 0, result.stdout + result.stderr
            if turn:
                assert compiled(result.stderr) == []
    library.write_text(library.read_text() + "// another line\n")
    assert compiled(plain("check").stderr) == ["hello-pyo3"]
    assert compiled(build(project, CARGO_TARGET_DIR=own["CARGO_TARGET_DIR"]).stderr) == ["hello-pyo3"]


def test_an_old_pyo3_links_without_its_feature(project: Path, compiled_old: Path) -> None:
    manifest = project / "Cargo.toml"
    manifest.write_text(
        manifest.read_text().replace('pyo3 = "0.30"', 'pyo3 = { version = "0.25", features = ["auto-initialize"] }')
        + '\n[features]\nextension-module = ["pyo3/extension-module"]\n'
    )
    library = project / "src" / "lib.rs"
    library.write_text(library.read_text().replace("Python::attach", "Python::with_gil"))
    table = project / "pyproject.toml"
    table.write_text(table.read_text() + '\n[tool.maturin]\nfeatures = ["extension-module"]\n')
    result = command(project, "test", CARGO_TARGET_DIR=str(compiled_old))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "python_answers ... ok" in result.stdout


@pytest.fixture
def compiled_old(tmp_path: Path) -> Path:
    return tmp_path / "old"


def test_the_exit_status_and_the_arguments_are_cargos(project: Path, compiled: Path) -> None:
    target = {"CARGO_TARGET_DIR": str(compiled)}
    wrong = command(project, "test", "--no-such-option", **target)
    assert (wrong.returncode, "--no-such-option" in wrong.stderr) == (1, True)
    listed = command(project, "tree", "-e", "features", "-i", "pyo3", **target)
    assert 'pyo3 feature "abi3-py39"' in listed.stdout
