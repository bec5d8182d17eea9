"""Whose folder the compile cache takes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.rebuild import cache
from support.files import put


def test_a_cache_takes_no_folder_of_somebody_else_and_makes_its_own_private(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    put(mine / "targets" / "list.txt", "mine")
    (mine / "targets").chmod(0o775)
    assert "contains other files" in str(cache.prepare(mine))
    assert sorted(path.name for path in mine.iterdir()) == ["targets"]
    assert (mine / "targets").stat().st_mode & 0o777 == 0o775
    before = os.umask(0)
    try:
        assert cache.prepare(tmp_path / "new" / "parent" / "cache") is None
    finally:
        os.umask(before)
    for folder in ("new", "new/parent", "new/parent/cache", "new/parent/cache/targets"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700


def test_a_size_has_plain_letters_and_digits() -> None:
    assert cache.limit({cache.LIMIT: "1.5 k"}) == 1536
    for text in ("5\u212a", "\u0665", "5 Q", "-1"):  # the Kelvin sign, an Arabic digit
        with pytest.raises(SettingsError, match="is not a size"):
            cache.limit({cache.LIMIT: text})
