"""The size of the compile cache."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.rebuild import bytecode, cache, place, user_folder
from pyo3_features_backend.rebuild.lock import locked


def test_a_size_has_plain_letters_and_digits() -> None:
    assert cache.limit({cache.LIMIT: "1.5 k"}) == 1536
    for text in ("5\u212a", "\u0665", "5 Q", "-1"):  # the Kelvin sign, an Arabic digit
        with pytest.raises(SettingsError, match="is not a size"):
            cache.limit({cache.LIMIT: text})


def test_what_cannot_be_looked_at_does_not_hide_what_others_could_write_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert user_folder.prepare(tmp_path / "cache", cache.FOLDER) is None
    (tmp_path / "cache/targets").chmod(0o777)
    with place.open_place(cache.holder(tmp_path / "cache"), "plain-abi3-0", lambda seconds: None):
        pass

    def unreadable(folder: Path) -> bool:
        raise OSError(5, "Input/output error", "bytecode")

    monkeypatch.setattr(bytecode, "discard_open", unreadable)
    said = cache.discard_open(tmp_path / "cache")
    assert said[0] == "bytecode: Input/output error"
    assert said[1].startswith("other users could change ") and not list((tmp_path / "cache/targets").glob("plain-*/*"))


def test_a_place_that_others_could_write_to_is_removed_when_no_build_uses_it(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert user_folder.prepare(folder, cache.FOLDER) is None
    with place.open_place(cache.holder(folder), "plain-abi3-0", lambda seconds: None) as opened:
        opened.begin([])
        assert opened.is_private()
        opened.target.chmod(0o777)
        assert cache.discard_open(folder) == []
        assert opened.target.is_dir(), "the build compiles there"
        assert not opened.is_private(), "a build that waits for it must not use it"
    (said,) = cache.discard_open(folder)
    assert str(opened.folder) in said and not opened.folder.exists()


@pytest.mark.parametrize("kind", ["held", "link"])
def test_where_others_could_write_their_locks_keep_nothing(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert user_folder.prepare(folder, cache.FOLDER) is None
    holder = cache.holder(folder)
    with place.open_place(holder, "plain-abi3-0", lambda seconds: None) as opened:
        opened.begin([])
        opened.end("well", {})
    file = holder / "plain-abi3-0.lock"
    with locked(file) if kind == "held" else contextlib.nullcontext():
        if kind == "link":
            file.unlink()
            file.symlink_to("elsewhere")
        holder.chmod(0o777)
        (said,) = cache.discard_open(folder)
    assert said.endswith("so its contents have been removed")
    assert list(holder.iterdir()) == [] and holder.stat().st_mode & 0o777 == 0o700
