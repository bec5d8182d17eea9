"""The compile cache: when it is used, side by side, killed, damaged and without room; real builds."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.builds import hook_code
from support.plain_project import Project, environ, packages

pytestmark = pytest.mark.build


def test_when_it_is_off(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    for environment in (
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "off"},
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "auto", "CI": "true"},
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "auto", "UV_NO_CACHE": "1"},
        {"PYO3_FEATURES_BACKEND_COMPILE_CACHE": "auto", "CONDA_BUILD": "1"},
    ):
        project.build(project.write({}), **environment)
        assert not cache.exists()
    project.build(project.write({}), PYO3_FEATURES_BACKEND_COMPILE_CACHE="auto", CI="")
    assert cache.exists()
    # In the tree its own target folder serves.
    folder = project.write({})
    (folder / "PKG-INFO").unlink()
    shutil.rmtree(cache)
    project.build(folder)
    assert not cache.exists()


posix = pytest.mark.skipif(os.name == "nt", reason="not run: POSIX permissions")


@posix
@pytest.mark.parametrize("where", ["the folder", "the folder above", "another user's"])
def test_a_folder_that_others_can_write_to_is_not_used(where: str, tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    cache.mkdir(mode=0o700)
    if where == "the folder":
        cache.chmod(0o777)
    elif where == "the folder above":
        tmp_path.chmod(0o777)
    elif os.geteuid():
        pytest.skip("not run: only root can give a folder away")
    else:
        os.chown(cache, 12345, 12345)
    answer, said = project.build(project.write({"src/lib.rs": 4}))
    tmp_path.chmod(0o700)
    assert answer == 4
    assert "without the compile cache" in said
    assert ("belongs to another user" if "user" in where else "is writable by other users") in said
    assert list(cache.iterdir()) == []


@posix
@pytest.mark.parametrize("level", ["", "targets", "targets/plain-*", "targets/plain-*/1"])
@pytest.mark.parametrize("closed", [True, False])
def test_what_others_could_write_to_is_not_used_again(level: str, closed: bool, tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    project.build(project.write({"src/lib.rs": 1}))
    (folder,) = [entry for entry in cache.glob(level) if entry.is_dir()] if level else [cache]
    folder.chmod(0o777)
    answer, said = project.build(project.write({"src/lib.rs": 1}))
    assert (answer, packages(said)) == (1, ["part", "plain"])
    assert "other users could change" in said
    if level:
        assert packages(project.build(project.write({"src/lib.rs": 1}))[1]) == []
    elif closed:  # closing it gives nothing back
        folder.chmod(0o700)
        assert packages(project.build(project.write({"src/lib.rs": 1}))[1]) == ["part", "plain"]
    else:
        assert "without the compile cache" in project.build(project.write({"src/lib.rs": 1}))[1]


@posix
def test_nothing_that_others_put_into_an_open_cache_is_used(tmp_path: Path, cache: Path) -> None:
    project, targets, victim = Project(tmp_path, "setuptools-rust"), cache / "targets", tmp_path / "victim"
    project.build(project.write({}))
    (entry,) = [entry for entry in targets.iterdir() if entry.is_dir()]
    targets.chmod(0o777)
    lock, digests = targets / f"{entry.name}.lock", targets / "files.json"
    lock.unlink()
    lock.symlink_to(victim)
    digests.write_text(digests.read_text().replace('"recorded": ', '"recorded": 9'))
    assert project.build(project.write({"src/lib.rs": 1}))[0] == 1
    assert '"recorded": 9' not in digests.read_text()
    assert lock.is_file() and not lock.is_symlink()
    # A place whose record is gone: others could have put anything into it.
    entry.chmod(0o777)
    (entry / "state.json").unlink()
    (entry / "pyo3-evil.txt").touch()
    answer, said = project.build(project.write({"src/lib.rs": 1}))
    assert (answer, packages(said)) == (1, ["part", "plain"])
    assert entry.stat().st_mode & 0o777 == 0o700 and not (entry / "pyo3-evil.txt").exists()
    lock.unlink()
    lock.symlink_to(victim)
    words = [sys.executable, "-m", "pyo3_features_backend", "cache", "clear"]
    assert "removed 0 bytes" in subprocess.run(words, capture_output=True, text=True, check=True, env=environ()).stdout
    assert not victim.exists()


@posix
def test_a_folder_of_somebody_elses_is_left_alone(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    own = cache / "targets" / "thesis.txt"
    own.parent.mkdir(parents=True, mode=0o755)
    own.write_text("two years of work")
    cache.chmod(0o700)
    answer, said = project.build(project.write({"src/lib.rs": 4}))
    assert answer == 4
    assert "without the compile cache" in said
    assert own.read_text() == "two years of work"


@posix
def test_a_link_in_the_cache_is_not_followed(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    project.build(project.write({}))
    (entry,) = [entry for entry in (cache / "targets").iterdir() if entry.is_dir()]
    away = tmp_path / "away"
    entry.rename(away)
    entry.symlink_to(away)
    words = [sys.executable, "-m", "pyo3_features_backend", "cache", "clear"]
    result = subprocess.run(words, capture_output=True, text=True, check=True, env=environ())
    assert "removed 0 bytes" in result.stdout
    assert (away / "state.json").is_file()
    assert project.build(project.write({}), PYO3_FEATURES_BACKEND_CACHE_SIZE="1K")[0] == 0
    assert (away / "state.json").is_file()


@pytest.mark.parametrize("name", ["state.json", "files.json"])
@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"recorded": 1}', b"\xff\0"])
def test_a_damaged_file_of_ours_gives_a_right_wheel(name: str, data: bytes, tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    project.build(project.write({"src/lib.rs": 1}))
    assert packages(project.build(project.write({"src/lib.rs": 1}))[1]) == []  # all would be used again
    (file,) = (cache / "targets").rglob(name)
    file.write_bytes(data)
    answer, said = project.build(project.write({"src/lib.rs": 1}))
    # Without the state nothing that is there is trusted; without the digests it only takes longer.
    assert (answer, packages(said)) == (1, ["part", "plain"] if name == "state.json" else [])
    assert project.build(project.write({"src/lib.rs": 2}))[0] == 2


def test_killed_at_any_moment_the_next_build_is_right(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "maturin")
    chance = random.Random(7)
    broken = set()
    for number in range(1, 8):
        folder = project.write({"src/lib.rs": number, "part/src/lib.rs": number})
        process = started(folder)
        while process.poll() is None and not any(under_way(state) for state in cache.glob("targets/*/state.json")):
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.5))
        if number % 2:
            process.kill()  # what it started goes on for a while
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for state in filter(under_way, cache.glob("targets/*/state.json")):
            broken.add(json.loads(state.read_text())["generation"])
        assert project.build(project.write({"src/lib.rs": number, "part/src/lib.rs": number}))[0] == 2 * number
    # What a killed build left, and may still be writing to, is not used again.
    assert broken
    assert json.loads(next(cache.glob("targets/*/state.json")).read_text())["generation"] > max(broken)


def under_way(state: Path) -> bool:
    """Whether the state of a place is that of a build that has not ended."""
    return bool(json.loads(state.read_text()).get("ended") == "")


def started(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """A build that goes on by itself, in a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", hook_code(folder.parent)],
        cwd=folder,
        env=environ(**environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What runs in the background of a shell ignores it, and so would the build.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def running(session: int) -> list[str]:
    """The commands of a session that have not ended."""
    said = subprocess.run(["ps", "-A", "-o", "sess=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [row.split(None, 2) for row in said.splitlines()]
    return [row[2] for row in rows if len(row) == 3 and row[0] == str(session) and not row[1].startswith("Z")]


@posix
@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("place", ["cache", "temporary"])
def test_a_signal_ends_all_that_was_started_and_leaves_nothing_behind(
    delegate: str, number: signal.Signals, place: str, tmp_path: Path, cache: Path
) -> None:
    project = Project(tmp_path, delegate)
    folder = project.write({})
    script = folder / "build.rs"
    script.write_text(
        script.read_text()
        .replace("fn main() {", 'fn main() { std::fs::write("../slow", "").unwrap(); sleep();')
        .replace("RERUN", "")
        + "fn sleep() { std::thread::sleep(std::time::Duration::from_secs(60)) }\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    own = {"TMPDIR": str(temporary)}
    if place == "temporary":  # a target folder that cannot be made
        (folder / "file").touch()
        own["CARGO_TARGET_DIR"] = str(folder / "file" / "target")
    process = started(folder, **own)
    slow = folder.parent / "slow"
    while not slow.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(timeout=30)
    assert running(process.pid) == []
    assert [file.name for file in temporary.iterdir()] == []
    assert process.returncode != 0
    if number == signal.SIGTERM:
        assert process.returncode == -signal.SIGTERM
    for state in cache.glob("targets/*/state.json"):
        assert json.loads(state.read_text())["ended"] == "badly"


def test_eight_at_once(tmp_path: Path, cache: Path) -> None:
    folders = []
    for number in range(8):
        where = tmp_path / f"{number}"
        where.mkdir()
        project = Project(where, "setuptools-rust")
        folder = project.write({"src/lib.rs": number % 4})
        if number % 4 == 3:
            table = folder / "pyproject.toml"
            table.write_text(table.read_text().replace('name = "plain"', 'name = "other"'))
        folders.append((project, folder, number % 4))
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: one[0].build(one[1])[0] == one[2], folders))
    assert answers == [True] * 8
    assert len(list((cache / "targets").glob("*.lock"))) == 2


def test_the_least_recently_used_is_trimmed(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    size = {"PYO3_FEATURES_BACKEND_CACHE_SIZE": "40M"}
    project.build(project.write({}), CFLAGS="-O1", **size)
    (one,) = (entry for entry in (cache / "targets").iterdir() if entry.is_dir())
    # Of another place: that of the build itself is trimmed, too, where it alone is too large.
    project.build(project.write({}), CFLAGS="-O2", PYO3_FEATURES_BACKEND_CACHE_SIZE="1K")
    assert not one.exists()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a file system of a given size."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = []

    def mount(size: str) -> Path:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)]
        if sys.platform != "linux" or subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip("not run: this user cannot mount a file system")
        mounted.append(folder)
        return folder

    yield mount
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)


def test_without_room_for_the_cache(tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    disk = small_disk("1M")
    answer, said = project.build(project.write({"src/lib.rs": 4}), PYO3_FEATURES_BACKEND_CACHE_DIR=str(disk / "cache"))
    assert answer == 4
    assert "is almost full" in said


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_disk_that_fills_up_during_the_compile(
    delegate: str, tmp_path: Path, small_disk: Callable[[str], Path]
) -> None:
    project = Project(tmp_path, delegate)
    disk = small_disk("300M")
    wrapper = tmp_path / "wrapper"
    fill = f'case "$*" in *"--crate-name plain"*) cat /dev/zero > {disk}/filler 2>/dev/null;; esac'
    wrapper.write_text(f'#!/bin/sh\n{fill}\nexec "$@"\n')
    wrapper.chmod(0o755)
    own = {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(disk / "cache"), "RUSTC_WORKSPACE_WRAPPER": str(wrapper)}
    answer, said = project.build(project.write({"src/lib.rs": 4}), **own)
    assert answer == 4
    assert "building again without the compile cache" in said
    (disk / "filler").unlink()
    del own["RUSTC_WORKSPACE_WRAPPER"]
    assert project.build(project.write({"src/lib.rs": 5}), **own)[0] == 5


def test_a_cache_that_cannot_be_written(tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    disk = small_disk("400M")
    own = {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(disk / "cache")}
    assert project.build(project.write({"src/lib.rs": 4}), **own)[0] == 4
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    answer, said = project.build(project.write({"src/lib.rs": 5}), **own)
    assert answer == 5
    assert "without the compile cache" in said
