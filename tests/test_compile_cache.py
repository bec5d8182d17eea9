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
from conftest import hook_code
from plain_project import Project, environ, packages


@pytest.mark.build
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


@pytest.mark.build
@pytest.mark.skipif(os.name == "nt", reason="not run: POSIX permissions")
@pytest.mark.parametrize("kind", ["open to others", "another user"])
def test_a_folder_that_is_not_ours_alone_is_not_used(kind: str, tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    cache.mkdir(mode=0o700)
    if kind == "open to others":
        cache.chmod(0o777)
    elif os.geteuid():
        pytest.skip("not run: only root can give a folder away")
    else:
        os.chown(cache, 12345, 12345)
    answer, said = project.build(project.write({"src/lib.rs": 4}))
    assert answer == 4
    assert "without the compile cache" in said
    assert kind in said
    assert list(cache.iterdir()) == []


def damage(folder: Path, chance: random.Random) -> None:
    """Something that can happen to files."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.endswith(".lock"))
    file = chance.choice(files)
    before = file.stat()
    kind = chance.choice(["cut", "noise", "bit", "remove", "add"])
    if kind == "remove":
        file.unlink()
    elif kind == "add":
        file.with_name("plain-0000000000000000.d").write_text("nonsense")
    else:
        data = bytearray(file.read_bytes())
        if kind == "cut":
            del data[len(data) // 2 :]
        elif kind == "noise":
            data[:] = bytes(chance.randrange(256) for _ in data[:4096]) + bytes(data[4096:])
        elif data:
            data[chance.randrange(len(data))] ^= 1
        file.write_bytes(bytes(data))
        if kind == "bit":
            os.utime(file, ns=(before.st_mtime_ns, before.st_mtime_ns))


@pytest.mark.build
def test_a_damaged_cache_gives_a_right_wheel(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    chance = random.Random(6)
    for number in range(10):
        assert project.build(project.write({"src/lib.rs": number % 2}))[0] == number % 2
        damage(cache / "targets", chance)


@pytest.mark.build
@pytest.mark.parametrize("damaged", [{"generation": None}, {"generation": "x"}, {"files": [1]}, {"files": {"a": 1}}])
def test_a_state_of_another_shape_is_none(damaged: dict[str, object], tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    project.build(project.write({"src/lib.rs": 1}))
    (state,) = cache.glob("targets/*/state.json")
    state.write_text(json.dumps({**json.loads(state.read_text()), **damaged}))
    answer, said = project.build(project.write({"src/lib.rs": 2}))
    assert (answer, packages(said)) == (2, ["part", "plain"])


@pytest.mark.build
def test_what_changed_without_a_trace_is_not_used(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    project.build(project.write({"src/lib.rs": 1}))
    (library,) = cache.glob("targets/*/1/release/deps/libplain.so")
    before = library.stat()
    library.write_bytes(b"\0" * before.st_size)
    os.utime(library, ns=(before.st_mtime_ns, before.st_mtime_ns))
    assert project.build(project.write({"src/lib.rs": 1}))[0] == 1


@pytest.mark.build
def test_killed_at_any_moment_the_next_build_is_right(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "maturin")
    chance = random.Random(7)
    broken = set()
    for number in range(1, 8):
        folder = project.write({"src/lib.rs": number, "part/src/lib.rs": number})
        process = subprocess.Popen(
            [sys.executable, "-c", hook_code(folder.parent)],
            cwd=folder,
            env=environ(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.05, 1.0))
        if number % 2:
            process.kill()  # what it started goes on for a while
        else:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for state in cache.glob("targets/*/state.json"):
            known = json.loads(state.read_text())
            if not known["whole"]:
                broken.add(known["generation"])
        assert project.build(project.write({"src/lib.rs": number, "part/src/lib.rs": number}))[0] == 2 * number
    # What a killed build left is not used again.
    assert broken
    assert not any((state.parent / str(number)).exists() for number in broken for state in cache.glob("*/*/state.json"))


@pytest.mark.build
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


@pytest.mark.build
def test_the_least_recently_used_is_trimmed(tmp_path: Path, cache: Path) -> None:
    project = Project(tmp_path, "setuptools-rust")
    size = {"PYO3_FEATURES_BACKEND_CACHE_SIZE": "40M"}
    project.build(project.write({}), CFLAGS="-O1", **size)
    (one,) = (entry for entry in (cache / "targets").iterdir() if entry.is_dir())
    project.build(project.write({}), CFLAGS="-O2", PYO3_FEATURES_BACKEND_CACHE_SIZE="1K")
    assert not one.exists()


def test_the_command_shows_and_empties_it(tmp_path: Path, cache: Path) -> None:
    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyo3_features_backend", "cache", *words],
            capture_output=True,
            text=True,
            check=False,
            env=environ(),
        )

    assert "there is none yet" in command("info").stdout
    assert command("clear").returncode == 0
    ours, other = cache / "targets" / "demo-0123456789abcdef", cache / "targets" / "somebody-elses"
    for folder in (ours, other):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"0" * 2048)
    (cache / "targets" / f"{ours.name}.lock").touch()
    cache.chmod(0o700)
    for text in (None, "Signature: 8a477f597d28d172789f06886806bc55\n# cargo's\n"):
        if text:
            (cache / "CACHEDIR.TAG").write_text(text)
        refused = command("clear")
        assert (refused.returncode, "is no compile cache" in refused.stderr) == (1, True)
    (cache / "CACHEDIR.TAG").write_text("# Made by pyo3-features-backend")
    facts = json.loads(command("info", "--json").stdout)
    assert [one["name"] for one in facts["targets"]] == [ours.name]
    assert facts["size"] == 2048
    assert "removed 2.0 KiB" in command("clear").stdout
    assert [ours.exists(), other.exists()] == [False, True]
    bad = subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "cache"],
        capture_output=True,
        text=True,
        check=False,
        env=environ(PYO3_FEATURES_BACKEND_CACHE_SIZE="much"),
    )
    assert (bad.returncode, "CACHE_SIZE: 'much' is not a size" in bad.stderr) == (1, True)


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


@pytest.mark.build
def test_without_room_for_the_cache(tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    disk = small_disk("1M")
    answer, said = project.build(project.write({"src/lib.rs": 4}), PYO3_FEATURES_BACKEND_CACHE_DIR=str(disk / "cache"))
    assert answer == 4
    assert "too little room" in said


@pytest.mark.build
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
    assert "once more without the compile cache" in said
    (disk / "filler").unlink()
    del own["RUSTC_WORKSPACE_WRAPPER"]
    assert project.build(project.write({"src/lib.rs": 5}), **own)[0] == 5


@pytest.mark.build
def test_a_cache_that_cannot_be_written(tmp_path: Path, small_disk: Callable[[str], Path]) -> None:
    project = Project(tmp_path, "setuptools-rust")
    disk = small_disk("400M")
    own = {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(disk / "cache")}
    assert project.build(project.write({"src/lib.rs": 4}), **own)[0] == 4
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    answer, said = project.build(project.write({"src/lib.rs": 5}), **own)
    assert answer == 5
    assert "without the compile cache" in said
