"""The copy of a project that a migration is tried on."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.author.migrate.copied import Copy
from support.files import write
from support.migrations import git


def test_the_copy_for_the_plan_has_what_git_ignores_but_no_ignored_folder(project: Path) -> None:
    write(project, {".gitignore": "Cargo.lock\n/big\n*.so\n", "Cargo.lock": "version = 3\n", "big/x": "", "a.so": ""})
    git(project, "init")
    git(project, "add", ".")
    with Copy(project, []) as copy:
        names = {path.relative_to(copy.root).as_posix() for path in copy.root.rglob("*") if path.is_file()}
    assert names == {".gitignore", "Cargo.lock", "Cargo.toml", "pyproject.toml", "src/lib.rs"}
