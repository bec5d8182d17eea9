"""The record of a place: its time, and what is no record."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import place


def test_a_record_stays_as_late_as_cargos_when_the_clock_is_set_back(tmp_path: Path) -> None:
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as first:
        first.renew()
        first.begin([])
        first.end("well", {"names": [], "inputs": []})
    state = tmp_path / "abi3-0" / place.STATE
    late = state.stat().st_mtime_ns
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as second:
        assert (second.state.ended, second.state.at) == ("well", late)
        second.begin([])
        second.end("well", {"names": [], "inputs": []})
    os.utime(state, ns=(late - 10**12, late - 10**12))
    assert place.read_state(state.parent).at >= late


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {"names": [1]},
        {"names": ["/a\0b"]},
        {"names": ["/\ud800"]},
        {"inputs": [[1]]},
        {"times": None},
        {"times": {".": "x"}},
        {"times": {".": 2**70}},
        {"files": {"a": 1}},
    ],
)
def test_a_record_of_another_shape_is_one_of_a_build_that_did_not_end(record: object, tmp_path: Path) -> None:
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as opened:
        opened.renew()
        opened.end("well", {"names": None})
    state = opened.folder / place.STATE
    assert place.read_state(opened.folder).ended == "well"
    state.write_text(json.dumps({**json.loads(state.read_text()), "record": record}))
    assert place.read_state(opened.folder).ended == ""
    state.write_text("[" * 100_000)
    assert place.read_state(opened.folder).ended == ""


@pytest.mark.parametrize("method", ["renew", "purge"])
def test_a_place_that_was_removed_in_part_is_not_used(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C, or a signal that nothing can catch, while the target folder is removed."""
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as opened:
        opened.renew()
        opened.end("well", {"names": []})

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(shutil, "rmtree", interrupt)
        with pytest.raises(KeyboardInterrupt):
            getattr(opened, method)()
    assert place.read_state(opened.folder).ended == ""
    assert json.loads((opened.folder / place.STATE).read_text())["generation"] == 1  # what an import must not use


@pytest.mark.parametrize("generation", [True, 1.0, "1", -1, None])
def test_a_generation_is_a_number(generation: object, tmp_path: Path) -> None:
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as opened:
        opened.begin([])
        opened.end("well", {})
        assert place.read_state(opened.folder).ended == "well"
        file = opened.folder / place.STATE
        file.write_text(json.dumps({**json.loads(file.read_text()), "generation": generation}))
        state = place.read_state(opened.folder)
        assert (state.ended, type(state.generation), state.generation) == ("", int, 1)


def test_a_link_in_the_place_of_the_target_folder_is_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    (mine / "sub").chmod(0o755)
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as opened:
        opened.begin([])
        opened.end("well", {})
        target = opened.target
        target.rmdir()
        target.symlink_to(mine)
        opened.empty()
        assert target.is_dir() and not target.is_symlink()
        target.rmdir()
        target.symlink_to(mine)
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None) as opened:
        assert opened.state.ended == ""
        opened.renew()
        assert opened.target.name == "2"
    assert (mine / "sub").stat().st_mode & 0o777 == 0o755


def test_what_a_build_left_that_was_killed_while_it_made_the_place_is_removed(tmp_path: Path) -> None:
    left, other = tmp_path / ".abi3-0.999", tmp_path / ".abi3-1.999"
    for folder in (left, other):
        folder.mkdir()
        (folder / place.STATE).write_text("{}")
    with place.open_place(tmp_path, "abi3-0", lambda seconds: None):
        assert not left.exists() and other.exists(), "another build may be making the other one"
