"""The copy of a project that a migration is tried on."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.migrate.copied import Copy
from pyo3_features_backend.errors import ProjectError
from support.files import write
from support.migrations import git


def test_the_copy_for_the_plan_has_what_git_ignores_but_no_ignored_folder(project: Path) -> None:
    write(project, {".gitignore": "Cargo.lock\n/big\n*.so\n", "Cargo.lock": "version = 3\n", "big/x": "", "a.so": ""})
    git(project, "init")
    git(project, "add", ".")
    with Copy(project, []) as copy:
        names = {path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*") if path.is_file()}
    assert names == {".gitignore", "Cargo.lock", "Cargo.toml", "pyproject.toml", "src/lib.rs"}


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_links_in_a_circle_and_pipes_are_left_out(project: Path) -> None:
    """Outside of git every file is copied."""
    os.mkfifo(project / "pipe")
    (project / "up").symlink_to("..")
    (project / "src" / "here").symlink_to(".")
    (project / "nowhere").symlink_to("nothing")
    (project / "loop").symlink_to("loop")
    (project / "sources").symlink_to("src")
    with Copy(project, []) as copy:
        names = {path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*") if path.is_file()}
    assert {name for name in names if name.endswith(".rs")} == {"src/lib.rs", "sources/lib.rs"}


def test_a_file_that_cannot_be_copied_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system refuses to read it: the tests may run as a user who may read everything."""

    def refused(source: str, target: str) -> None:
        raise PermissionError(13, "Permission denied", str(source))

    monkeypatch.setattr("shutil.copystat", lambda *_: None)
    monkeypatch.setattr("shutil.copyfile", lambda source, target, **_: refused(source, target))
    copy = Copy(project, [])
    with pytest.raises(ProjectError, match=r"Permission denied") as raised, copy:
        pass
    assert raised.value.place is not None and not os.path.isabs(raised.value.place.file)  # noqa: PTH117
    assert not copy.root.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
def test_a_submodule_and_a_link_to_a_folder_are_copied_from_git_too(project: Path, tmp_path: Path) -> None:
    """Path dependencies can be in both."""
    part, main = write(tmp_path / "part", {"Cargo.toml": "", "src/lib.rs": ""}), tmp_path / "project"
    project.rename(main)
    for folder in (part, main):
        git(folder, "init")
        git(folder, "add", ".")
        git(folder, "commit", "-m", "x")
    git(main, "-c", "protocol.file.allow=always", "submodule", "add", str(part), "sub")
    (main / "link").symlink_to("sub")
    (main / "up").symlink_to(".")
    with Copy(main, []) as copy:
        names = {path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*") if path.is_file()}
    assert {"sub/src/lib.rs", "link/src/lib.rs", "src/lib.rs"} <= names
    assert not [name for name in names if name.startswith("up/")]
