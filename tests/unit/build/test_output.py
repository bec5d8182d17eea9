"""The front end's folder: the result comes whole or not at all, in place of an older one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyo3_features_backend.build.output import collected
from pyo3_features_backend.errors import OutputError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_only_the_published_file_is_left_and_an_older_one_is_gone(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_text("old")
    with collected(str(tmp_path)) as output:
        (output.folder / "a.whl").write_text("new")
        (output.folder / "scratch").write_text("")
        assert (tmp_path / "a.whl").read_text() == "old"
        assert output.publish("a.whl") == "a.whl"
    assert (names(tmp_path), (tmp_path / "a.whl").read_text()) == (["a.whl"], "new")


def test_a_folder_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "a.dist-info").mkdir()
    (tmp_path / "a.dist-info" / "OLD").write_text("")
    with collected(str(tmp_path)) as output:
        (output.folder / "a.dist-info").mkdir()
        (output.folder / "a.dist-info" / "METADATA").write_text("")
        output.publish("a.dist-info")
    assert (names(tmp_path), names(tmp_path / "a.dist-info")) == (["a.dist-info"], ["METADATA"])


def test_two_builds_into_one_folder_do_not_see_each_other(tmp_path: Path) -> None:
    with collected(str(tmp_path)) as one, collected(str(tmp_path)) as other:
        for output in (one, other):
            (output.folder / "a.dist-info").mkdir()
        (other.folder / "a.dist-info" / "OTHER").write_text("")
        one.publish("a.dist-info")
        other.publish("a.dist-info")
    assert (names(tmp_path), names(tmp_path / "a.dist-info")) == (["a.dist-info"], ["OTHER"])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_nothing_is_left_not_even_a_folder_that_was_made(
    tmp_path: Path, error: type[BaseException]
) -> None:
    made = tmp_path / "deep" / "dist"
    with pytest.raises(error), collected(str(made)) as output:
        (output.folder / "a.whl").write_text("")
        raise error
    assert not made.exists()
    with pytest.raises(error), collected(str(tmp_path)):
        raise error
    assert names(tmp_path) == ["deep"]  # it was there before


_HOLD = """
import sys
from pyo3_features_backend.build.output import collected
with collected(sys.argv[1]) as output:
    (output.folder / "a.whl").write_text("half")
    print("ready", flush=True)
    sys.stdin.read()
"""


def building(folder: Path) -> subprocess.Popen[str]:
    """A process that builds into the folder until its stdin ends."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent.parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def age(folder: Path) -> None:
    """Make all files an hour older."""
    for file in folder.rglob("*"):
        os.utime(file, (time.time() - 3600,) * 2)


def test_what_a_killed_build_has_left_is_removed_by_the_next_one_and_nothing_else_is(tmp_path: Path) -> None:
    with building(tmp_path) as killed, building(tmp_path) as busy:
        killed.kill()
        killed.wait()
        (tmp_path / ".pyo3-features-backend-mine").mkdir()
        (tmp_path / ".pyo3-features-backend-linked").symlink_to(tmp_path / ".pyo3-features-backend-mine")
        with collected(str(tmp_path)):
            pass
        assert len(names(tmp_path)) == 4  # it may have been made just now
        age(tmp_path)
        with collected(str(tmp_path)):
            pass
        assert len(names(tmp_path)) == 3
        assert [path.read_text() for path in tmp_path.rglob("a.whl")] == ["half"]
        busy.communicate("")
    assert names(tmp_path) == [".pyo3-features-backend-linked", ".pyo3-features-backend-mine"]


@pytest.mark.parametrize(
    ("name", "reason"), [("file", "File exists"), ("file/below", "Not a directory"), ("a\0b", "embedded null")]
)
def test_a_folder_that_cannot_be_is_named(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught, collected(str(tmp_path / name)):
        pytest.fail("the block is not reached")
    shown = str(tmp_path / name).replace("\0", "\\x00")
    assert caught.value.message.startswith(f"the output cannot be written to {shown}: ")
    assert reason in caught.value.message  # 3.13 says more of a NUL
    assert caught.value.hint


def test_a_result_that_is_not_there_is_one_message(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"cannot be written to .*/a\.whl: No such file"),
        collected(str(tmp_path)) as output,
    ):
        output.publish("a.whl")
