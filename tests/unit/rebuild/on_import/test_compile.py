"""A compile at import: which times of files it trusts, its lock, and what it leaves in a place."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from pyo3_features_backend.rebuild import place, places
from pyo3_features_backend.rebuild.lock import locked
from pyo3_features_backend.rebuild.on_import import check, compile


def test_a_time_in_whole_seconds_may_be_up_to_two_seconds_off() -> None:
    second = 1_000_000_000
    assert compile.settled({"a": [1, 7 * second, 0, 0]}, 8 * second) == {"a": check.RACY}
    assert compile.settled({"a": [1, 7 * second + 1, 0, 0]}, 8 * second) == {"a": [1, 7 * second + 1, 0, 0]}


def test_a_lock_that_was_removed_while_it_waited_is_taken_anew(tmp_path: Path) -> None:
    holder = tmp_path / "target" / "holder"
    holder.mkdir(parents=True)
    file, taken = holder / "abi3-0.lock", []

    def import_module() -> None:
        with compile._locked(str(file), str(holder)), locked(file) as free:  # as a build that does not wait
            taken.append((file.is_file(), free))

    waiting = threading.Thread(target=import_module)
    with locked(file) as free:
        assert free
        waiting.start()
        time.sleep(0.3)
        assert taken == []
        shutil.rmtree(tmp_path / "target")
    waiting.join(timeout=30)
    assert taken == [(True, False)]
    with locked(file) as free:
        assert free


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", "null", '"x"', '{"generation": null}', '{"generation": "x"}', '{"generation": 1, "after": null}'],
)
def test_a_damaged_state_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    entry = tmp_path / "holder" / "abi3-0"
    (entry / "4").mkdir(parents=True)
    (entry / place.STATE).write_text(text)
    state = compile._State({"place": str(entry), "generation": 3, "format": place.FORMAT}, str(tmp_path), at=5)
    state.write("badly")
    found = place.read_state(entry)
    assert (found.generation, found.ended, found.record) == (5, "badly", {"unknown": True})


def test_a_place_that_was_removed_is_made_as_one_that_can_be_found(tmp_path: Path) -> None:
    entry = tmp_path / "holder" / "abi3-0"
    state = compile._State({"place": str(entry), "generation": 3, "format": place.FORMAT}, str(tmp_path), at=5)
    state.write("")
    assert places.entries(tmp_path / "holder") == [entry]
    state.write("badly")
    found = place.read_state(entry)
    assert (found.generation, found.ended, found.record) == (3, "badly", {"unknown": True})
    assert found.owner == str(tmp_path), "another project may not remove it"
    assert Path(state.target) == entry / "3" and (os.name == "nt" or entry.stat().st_mode & 0o777 == 0o700)
