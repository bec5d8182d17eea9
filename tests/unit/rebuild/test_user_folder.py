"""Whose folder the cache takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from pyo3_features_backend.errors import SettingsError
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


@pytest.mark.parametrize("found", ["made/here", "~/.cache/made", RuntimeError("no home folder")])
def test_a_user_without_a_cache_folder(found: str | RuntimeError, monkeypatch: pytest.MonkeyPatch) -> None:
    def user_cache_dir(name: str, appauthor: bool) -> str:
        if isinstance(found, str):
            return found
        raise found

    monkeypatch.setattr(platformdirs, "user_cache_dir", user_cache_dir)
    with pytest.raises(SettingsError, match=re.escape(str(found))) as caught:
        user_folder.root({})
    assert caught.value.hint == "set PYO3_FEATURES_BACKEND_CACHE_DIR"
    assert user_folder.root({"PYO3_FEATURES_BACKEND_CACHE_DIR": "here"}) == Path("here").resolve()


def test_builds_that_make_the_cache_at_once(tmp_path: Path) -> None:
    code = "import sys, pathlib; from pyo3_features_backend.rebuild import user_folder as folder; sys.stdin.read(1)\n"
    code += "print(folder.prepare(pathlib.Path(sys.argv[1]), 'targets'))"
    for number in range(5):
        words = [sys.executable, "-c", code, str(tmp_path / f"cache{number}")]
        children = [subprocess.Popen(words, stdin=-1, stdout=-1, text=True) for _ in range(4)]
        for child in children:
            assert child.stdin is not None
            child.stdin.write("x")
            child.stdin.flush()
        assert [child.communicate()[0].strip() for child in children] == ["None"] * 4


def test_a_cache_that_was_interrupted_while_it_was_made_can_be_used(tmp_path: Path) -> None:
    for name, text in (("a/CACHEDIR.TAG", ""), ("b/CACHEDIR.TAG.123", "Sig")):
        put(tmp_path / name, text)
        folder = tmp_path / name[0]
        assert user_folder.is_usable(folder)
        assert user_folder.prepare(folder, "targets") is None and user_folder.is_cache(folder)


@pytest.mark.parametrize("name", ["thesis.txt", "CACHEDIR.TAG", "targets/list.txt"])
def test_a_folder_with_other_files_is_not_usable(name: str, tmp_path: Path) -> None:
    put(tmp_path / "a" / name, "another")
    assert not user_folder.is_usable(tmp_path / "a") and user_folder.is_usable(tmp_path / "new")
    assert "contains other files" in str(user_folder.prepare(tmp_path / "a", "bytecode"))


def test_the_path_has_no_link_that_others_could_change(tmp_path: Path) -> None:
    (tmp_path / "private").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "private")
    found = user_folder.root({"PYO3_FEATURES_BACKEND_CACHE_DIR": str(tmp_path / "link/cache")})
    assert found == (tmp_path / "private/cache").resolve()
