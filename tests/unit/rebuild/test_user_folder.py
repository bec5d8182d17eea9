"""Whose folder the cache takes."""

from __future__ import annotations

import os
from pathlib import Path

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
