"""The command that adds Python to a crate."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.files import write
from support.verbs import module

pytest.importorskip("tomlkit")

CARGO = '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n'


@pytest.fixture
def crate(tmp_path: Path) -> Path:
    return write(tmp_path / "sums", {"Cargo.toml": CARGO, "src/lib.rs": "pub fn add() {}\n"})


def texts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def init(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return module(["pyo3_features_backend", "init", *words], folder)


def test_the_diff_writes_nothing_and_is_what_is_written(crate: Path) -> None:
    before = texts(crate)
    shown = init(crate, "--diff")
    assert (shown.returncode, shown.stderr, texts(crate)) == (0, "", before)
    written = init(crate)
    assert written.returncode == 0, written.stderr
    for word in ("wrote pyproject.toml", "changed Cargo.toml", "changed src/lib.rs"):
        assert f"{word}\n" in written.stderr
    after = texts(crate)
    write(crate, {name: text.decode() for name, text in before.items()})
    (crate / "pyproject.toml").unlink()
    subprocess.run(["git", "apply"], input=shown.stdout, text=True, check=True, cwd=crate)
    assert texts(crate) == after


def test_a_second_time_there_is_nothing_to_add(crate: Path) -> None:
    assert init(crate).returncode == 0
    before = texts(crate)
    again = init(crate)
    assert (again.returncode, texts(crate)) == (0, before)
    assert "nothing to add: the project uses this backend already" in again.stderr


def test_what_cannot_be_written_leaves_every_file(crate: Path) -> None:
    (crate / "src" / "lib.rs").unlink()
    (crate / "src" / "lib.rs").symlink_to("/dev/full")
    before = (crate / "Cargo.toml").read_bytes()
    result = init(crate)
    assert (result.returncode, result.stderr.count("error:")) == (1, 1), result.stderr
    assert (crate / "Cargo.toml").read_bytes() == before
    assert not (crate / "pyproject.toml").exists()


def test_what_no_workspace_has_stops_it_before_anything_is_written(crate: Path) -> None:
    write(crate, {"Cargo.toml": CARGO.replace('version = "0.1.0"', "version.workspace = true")})
    before = texts(crate)
    result = init(crate)
    assert (result.returncode, result.stdout, texts(crate)) == (1, "", before)
    assert result.stderr.startswith(
        "error: Cargo.toml:3: `workspace = true`, but the crate is in no workspace: version"
    )
    assert result.stderr.count("error:") == 1
