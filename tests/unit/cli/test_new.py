"""The command that makes a project."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.files import write
from support.verbs import as_user, module


def new(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return module(["pyo3_features_backend", "new", *words], folder, **environment)


def entries(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if ".git" not in path.parts)


def test_a_project_is_made_with_a_repository_and_named(tmp_path: Path) -> None:
    result = new(tmp_path, "deep/hello", "--mixed")
    folder = tmp_path / "deep" / "hello"
    assert (result.returncode, result.stderr) == (0, f"made {folder}; next, in that folder: uv run pytest\n")
    assert result.stdout.splitlines() == entries_of_git(folder)
    assert "python/hello/__init__.py" in result.stdout


def entries_of_git(folder: Path) -> list[str]:
    """What git would add, so what .gitignore leaves."""
    words = ["git", "-C", str(folder), "ls-files", "--others", "--exclude-standard"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_folder_of_c_is_the_one_it_is_made_in_and_name_wins(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    result = new(tmp_path, "json", "-C", "in", "--name", "other", "--vcs", "none")
    assert result.returncode == 0, result.stderr
    assert 'name = "other"' in (tmp_path / "in" / "json" / "pyproject.toml").read_text()
    assert not (tmp_path / "in" / "json" / ".git").exists()


def test_an_empty_folder_is_filled_and_one_in_git_gets_no_other_repository(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "hello").mkdir()
    result = new(tmp_path / "hello", ".", "--delegate", "setuptools-rust")
    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "hello" / ".git").exists()
    assert "MANIFEST.in" in entries(tmp_path / "hello")


@pytest.mark.parametrize(
    ("name", "words", "message", "hint"),
    [
        ("full", (), "the folder is not empty: file", "choose another folder"),
        ("rusty", (), "the folder is not empty: Cargo.toml", "`pyo3-features init` adds Python to a crate"),
        ("file", (), "there is a file of that name, or above it", "choose another folder"),
        ("file/below", (), "there is a file of that name, or above it", "choose another folder"),
        ("match", (), "'match' cannot be the name of a project: match is a keyword of Rust", "--name"),
        ("good", ("--name", "3d"), "a crate and a module do not start with a digit", "choose another name"),
        ("n" * 300, (), "cannot be read: File name too long", "choose another folder"),
    ],
)
def test_what_cannot_be_is_one_message_and_nothing_is_written(
    name: str, words: tuple[str, ...], message: str, hint: str, tmp_path: Path
) -> None:
    write(tmp_path, {"full/file": "", "rusty/Cargo.toml": "", "file": ""})
    before = entries(tmp_path)
    result = new(tmp_path, name, *words)
    assert (result.returncode, result.stderr.count("\n")) == (1, 2), result.stderr
    assert message in result.stderr
    assert hint in result.stderr.splitlines()[1]
    assert entries(tmp_path) == before


def test_a_second_time_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    assert new(tmp_path, "hello", "--vcs", "none").returncode == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "hello").rglob("*")}
    assert new(tmp_path, "hello").returncode == 1
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "hello").rglob("*")} == before


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_folder_that_may_not_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    words = as_user([sys.executable, "-m", "pyo3_features_backend", "new", "closed/hello"])
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "Permission denied; no file was changed" in result.stderr
    assert entries(tmp_path) == ["closed"]


def test_without_git_the_project_is_made_all_the_same(tmp_path: Path) -> None:
    result = new(tmp_path, "hello", PATH=str(tmp_path))
    assert result.returncode == 0
    assert "warning: there is no git repository: git is not installed" in result.stderr
    assert "pyproject.toml" in entries(tmp_path / "hello")
