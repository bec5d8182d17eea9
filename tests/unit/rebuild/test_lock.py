"""The lock between two builds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pyo3_features_backend.rebuild import lock

HOLD = """
import sys, pathlib
from pyo3_features_backend.rebuild.lock import locked
with locked(pathlib.Path(sys.argv[1])) as taken:
    print(taken, flush=True)
    sys.stdin.readline()
"""


def holder(file: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock until it is given a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "True\n"
    return process


def test_one_process_holds_it_and_another_that_does_not_wait_goes_on_without(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with holder(file) as other:
        with lock.locked(file) as taken:
            assert taken is False
        other.communicate("\n")
    with lock.locked(file) as taken:
        assert taken is True
    assert file.is_file()


def test_a_build_that_waits_knows_how_long_and_gets_it(tmp_path: Path) -> None:
    waited: list[float] = []
    other = holder(tmp_path / "lock")

    def waiting(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            other.communicate("\n")

    with lock.locked(tmp_path / "lock", waiting) as taken:
        assert taken is True
    assert len(waited) == 3
    assert 0 < waited[0] < waited[1] < waited[2]


def test_a_process_that_is_killed_gives_it_back(tmp_path: Path) -> None:
    with holder(tmp_path / "lock") as other:
        other.kill()
    with lock.locked(tmp_path / "lock") as taken:
        assert taken is True


def test_a_lock_that_is_removed_while_it_is_waited_for_is_not_enough(tmp_path: Path) -> None:
    """Another process has locked the new file of that name, and two would be in one place."""
    file, others = tmp_path / "lock", [holder(tmp_path / "lock")]
    released: list[bool] = []

    def waiting(seconds: float) -> None:
        if len(others) == 1:
            file.unlink()
            others.append(holder(file))
            others[0].communicate("\n")
        elif not released:
            released.append(True)
            others[1].communicate("\n")

    with lock.locked(file, waiting) as taken:
        assert taken and released
        with lock.locked(file) as second:
            assert not second
