"""The archives of the backend's own bytecode: bounded, shown, and removed."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import pyo3_features_backend
from pyo3_features_backend.rebuild import archives, bytecode
from support.environments import BEFORE, HOOK, Environments, archive, in_project
from support.files import put


@pytest.fixture
def environments(tmp_path: Path, cache: Path) -> Environments:
    return in_project(tmp_path)


def test_the_archives_are_bounded_and_other_files_stay(environments: Environments, cache: Path) -> None:
    environments.hook()
    for number in range(20):
        old = cache / "bytecode" / f"0.0.{number}-cpython-39-0.archive"
        put(old, "old")
        old.chmod(0o600)
        os.utime(old, (number, number))
    put(cache / "bytecode" / "thesis.txt", "two years of work")
    environments.hook(PYTHONOPTIMIZE="1")  # has an archive of its own
    names = {path.name for path in (cache / "bytecode").iterdir()}
    tag = f"{pyo3_features_backend.__version__}-{sys.implementation.cache_tag}"
    assert len(names) == 17 and {"thesis.txt", f"{tag}-0.archive", f"{tag}-1.archive"} <= names
    assert "0.0.6-cpython-39-0.archive" in names and "0.0.5-cpython-39-0.archive" not in names


def test_hooks_side_by_side(environments: Environments, cache: Path) -> None:
    words = [sys.executable, "-c", HOOK, "get_requires_for_build_wheel()"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {"CI": ""}
    running = [
        subprocess.Popen(
            words, cwd=environments.folder, env={**environ, "PYTHONPATH": str(environments.make())}, stdout=-1
        )
        for _ in range(4)
    ]
    answers = [json.loads(process.communicate()[0])[0] for process in running]
    assert answers == [answers[0]] * 4
    assert environments.hook() == (answers[0], BEFORE)
    assert archive(cache).exists()


def test_the_first_sdist_keeps_what_its_wheel_needs(hello: Path, tmp_path: Path, cache: Path) -> None:
    environments = Environments(hello, itertools.count())
    _, compiled = environments.hook(call=f"build_sdist({str(tmp_path)!r})")
    assert {"build/maturin_wheel", "rebuild/session", "decide/plan", "verify/audit"} <= compiled
    kept = archive(cache).stat().st_mtime_ns
    assert environments.hook(call=f"prepare_metadata_for_build_wheel({str(tmp_path)!r})")[1] == BEFORE
    assert environments.hook(call=f"build_sdist({str(tmp_path)!r})")[1] == BEFORE
    assert archive(cache).stat().st_mtime_ns == kept, "nothing was missing"


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module has been compiled that is not kept."""
    used = bytecode.Finder()
    used.compiled["pyo3_features_backend.one"] = (b"12345678", compile("1", "one.py", "exec"))
    monkeypatch.setattr(sys, "meta_path", [used, *sys.meta_path])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


@pytest.mark.usefixtures("filled")
def test_what_fails_beside_the_block_is_not_seen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], cache: Path
) -> None:
    done = []
    with archives.filling("auto", lambda: 1 // 0):
        done.append("the import fails")

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with archives.filling("auto", list):
        done.append("there is no thread")
    assert (len(done), *capfd.readouterr()) == (2, "", "")
    assert not cache.exists()


@pytest.mark.usefixtures("filled")
def test_what_is_kept_beside_the_block_is_kept_where_it_belongs(
    monkeypatch: pytest.MonkeyPatch, cache: Path, tmp_path: Path
) -> None:
    changed = threading.Event()
    with archives.filling("auto", lambda: changed.wait(60)):
        monkeypatch.setenv("PYO3_FEATURES_BACKEND_CACHE_DIR", str(tmp_path / "other"))
        changed.set()
    assert archive(cache).exists()
    assert not (tmp_path / "other").exists()


def test_the_command_shows_and_removes_it(environments: Environments, cache: Path) -> None:
    environments.hook()
    count = archive(cache).stat().st_size
    words = [sys.executable, "-m", "pyo3_features_backend", "cache"]

    def said(*more: str) -> str:
        return subprocess.run([*words, *more], capture_output=True, text=True, check=True).stdout

    assert json.loads(said("info", "--json")) | {"size": count, "bytecode": count} == json.loads(said("info", "--json"))
    assert "bytecode (of this backend itself)" in said("info")
    assert f"removed {count / 1024:.1f} KiB" in said("clear")
    assert list((cache / "bytecode").iterdir()) == []
