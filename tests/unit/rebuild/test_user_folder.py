"""Whose folder the cache takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import cache, user_folder
from support.files import put


def test_a_cache_takes_no_folder_of_somebody_else_and_makes_its_own_private(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    put(mine / "targets" / "list.txt", "mine")
    (mine / "targets").chmod(0o775)
    assert "contains other files" in str(user_folder.prepare(mine, cache.FOLDER))
    assert sorted(path.name for path in mine.iterdir()) == ["targets"]
    assert (mine / "targets").stat().st_mode & 0o777 == 0o775
    before = os.umask(0)
    try:
        assert user_folder.prepare(tmp_path / "new" / "parent" / "cache", cache.FOLDER) is None
    finally:
        os.umask(before)
    for folder in ("new", "new/parent", "new/parent/cache", "new/parent/cache/targets"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["made/here", "~/.cache/made"])
def test_a_folder_that_is_relative_would_be_in_the_project(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old releases of platformdirs give one, if XDG_CACHE_HOME is relative or the user has no home."""
    monkeypatch.chdir(tmp_path)
    assert "is not an absolute path" in str(user_folder.prepare(Path(name), cache.FOLDER))
    assert list(tmp_path.iterdir()) == []
