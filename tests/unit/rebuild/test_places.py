"""Which places are kept."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import cache, place, places


def put(holder: Path, name: str, owner: str) -> None:
    with place.open_place(holder, name, lambda seconds: None) as opened:
        opened.owner = owner
        opened.renew()
        opened.begin([])
        opened.end("well", {})


def names(holder: Path) -> list[str]:
    return [entry.name for entry in places.entries(holder)]


def test_the_newest_places_of_one_owner_and_label_are_kept(tmp_path: Path) -> None:
    for number in range(4):
        put(tmp_path, f"abi3-{number}", "mine")
        put(tmp_path, f"cp39-{number}", "mine")
        put(tmp_path, f"abi3-other{number}", "of another")
    places.keep_newest(tmp_path, "abi3", 2, "mine")
    left = names(tmp_path)
    assert [name for name in left if name.startswith("abi3")] == ["abi3-other0", "abi3-other1", "abi3-2"] + [
        "abi3-other2",
        "abi3-3",
        "abi3-other3",
    ]
    assert sum(name.startswith("cp39") for name in left) == 4


def test_a_place_that_a_build_uses_is_not_removed(tmp_path: Path) -> None:
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as opened:
        assert not places.remove(opened.folder) and opened.folder.is_dir()
    assert places.remove(opened.folder) and not opened.folder.exists()


def test_what_is_no_place_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "abi3-0").mkdir()
    (tmp_path / "abi3-0/state.json").write_text("{}")
    put(tmp_path, "abi3-1", "mine")
    (tmp_path / "abi3-2").symlink_to(tmp_path / "abi3-1")
    assert names(tmp_path) == ["abi3-1"]
    assert not places.remove(tmp_path / "abi3-0") and not places.remove(tmp_path / "abi3-2")
    assert (tmp_path / "abi3-0/state.json").is_file() and (tmp_path / "abi3-1/state.json").is_file()


def test_places_of_folders_that_are_gone_are_bounded_with_the_own_ones(tmp_path: Path) -> None:
    (tmp_path / "clone").mkdir()
    for number in range(4):
        put(tmp_path, f"abi3-{number}", str(tmp_path / "gone" / str(number)))
    put(tmp_path, "abi3-other", str(tmp_path / "clone"))
    put(tmp_path, "abi3-mine", str(tmp_path))
    places.keep_newest(tmp_path, "abi3", 2, str(tmp_path))
    assert names(tmp_path) == ["abi3-3", "abi3-other", "abi3-mine"]


def test_an_interrupted_removal_leaves_a_place_that_can_be_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "abi3-0", "mine")
    for name in ("a", "b"):
        (tmp_path / "abi3-0/1" / name).mkdir()
    removed: list[Path] = []

    def interrupted(folder: Path, ignore_errors: bool = False) -> None:
        removed.append(folder)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(shutil, "rmtree", interrupted)
        places.remove(tmp_path / "abi3-0")
    assert removed == [tmp_path / "abi3-0/1"]
    assert names(tmp_path) == ["abi3-0"]
    assert place.read_state(tmp_path / "abi3-0").ended == ""  # no build uses what is left
    assert places.remove(tmp_path / "abi3-0") and not (tmp_path / "abi3-0").exists()


def test_a_place_with_folders_that_are_read_only_is_removed(tmp_path: Path) -> None:
    put(tmp_path, "abi3-0", "mine")
    inside = tmp_path / "abi3-0/1/out/module"
    inside.mkdir(parents=True)
    (inside / "file").touch()
    for folder in (inside, inside.parent):
        folder.chmod(0o500)
    assert places.remove(tmp_path / "abi3-0") and not (tmp_path / "abi3-0").exists()


def test_a_place_that_cannot_be_removed_is_not_the_newest_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise all others would be removed for it."""
    targets = cache.holder(tmp_path)
    targets.mkdir()
    for number in range(3):
        put(targets, f"abi3-{number}", "mine")
        (targets / f"abi3-{number}/1/file").write_bytes(b"0" * 100_000)
        os.utime(targets / f"abi3-{number}/state.json", (number, number))
    monkeypatch.setattr(places, "remove_tree", lambda folder: None)
    for _ in range(2):
        cache.trim(tmp_path, 250_000)
        assert names(targets) == ["abi3-0", "abi3-1", "abi3-2"]
        assert [bool(place.read_state(targets / f"abi3-{number}").ended) for number in range(3)] == [False, True, True]


@pytest.mark.parametrize("ended", ["badly", "", "forgotten"])
def test_a_place_has_its_owner_whatever_became_of_the_last_build(ended: str, tmp_path: Path) -> None:
    (tmp_path / "clone").mkdir()
    put(tmp_path, "abi3-other", str(tmp_path / "clone"))
    with place.open_place(tmp_path, "abi3-other", lambda seconds: None) as opened:
        opened.begin([])
        if ended == "badly":
            opened.end("badly", {"unknown": True})
        elif ended == "forgotten":
            place.forget(opened.folder)
    put(tmp_path, "abi3-mine", str(tmp_path))
    places.keep_newest(tmp_path, "abi3", 1, str(tmp_path))
    assert names(tmp_path) == ["abi3-other", "abi3-mine"]
    shutil.rmtree(tmp_path / "clone")
    places.keep_newest(tmp_path, "abi3", 1, str(tmp_path))
    assert names(tmp_path) == ["abi3-mine"]
