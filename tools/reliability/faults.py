"""Full disks, folders that cannot be written, homes that are not there, and two hooks at once.

Each hook must build the right wheel, or end with status 1 and one message. Afterwards, without the fault, the next
build must be right. Some need Linux and root, for mounts; the others run everywhere.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from . import hooks
from .hooks import Ended, Tree

_BUILDS = ("build_wheel", "build_editable", "build_sdist", "prepare_metadata_for_build_wheel")


class Tried(NamedTuple):
    """One hook under one fault. ``right`` says that it succeeded; ``wrong`` is what did not hold."""

    fault: str
    hook: str
    delegate: str
    right: bool
    wrong: str


class NotTried(NamedTuple):
    """A fault that this machine does not allow."""

    fault: str
    why: str


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[None]:
    """Mount something on ``folder`` for the block (mount(8))."""
    subprocess.run(["mount", *options, str(folder)], check=True, capture_output=True)
    try:
        yield
    finally:
        if subprocess.run(["umount", str(folder)], capture_output=True).returncode:
            subprocess.run(["umount", "-l", str(folder)], check=True, capture_output=True)


def small_disk(folder: Path, size: int) -> AbstractContextManager[None]:
    """A disk of ``size`` bytes on ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    return mounted(folder, "-t", "tmpfs", "-o", f"size={size},mode=0700", "none")


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """``folder`` cannot be written in the block, not even by root."""
    with mounted(folder, "--bind", str(folder)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True, capture_output=True)
        yield


def can_mount(where: Path) -> bool:
    """Whether this process may mount."""
    folder = where / "mount"
    folder.mkdir()
    try:
        with mounted(folder, "-t", "tmpfs", "none"):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False


@contextmanager
def filling(disk: Path, after: float) -> Iterator[None]:
    """In the block, something else fills the disk after some seconds."""
    stop = threading.Event()

    def fill() -> None:
        if stop.wait(after):
            return
        try:
            with (disk / "filler").open("wb", buffering=0) as file:
                while file.write(b"\0" * (1 << 16)):
                    pass
        except OSError:
            return  # it is full

    thread = threading.Thread(target=fill)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        (disk / "filler").unlink(missing_ok=True)


class Trial:
    """Tries hooks under faults in new projects below ``where``."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.rows: list[Tried | NotTried] = []

    def judge(self, fault: str, tree: Tree, hook: str, ended: Ended) -> None:
        """Add the row of a hook that ran under a fault."""
        right = not tree.wrong(ended, hook)
        wrong = "" if right else (tree.wrong_results(ended.dist, answers=hook == "build_wheel") or hooks.refused(ended))
        self.add(Tried(fault, hook, tree.delegate, right, wrong))

    def add(self, row: Tried | NotTried) -> None:
        """Add a row, and print it if something did not hold."""
        self.rows.append(row)
        if isinstance(row, Tried) and row.wrong:
            print(f"    {row.fault}, {row.delegate}, {row.hook}: {row.wrong}", flush=True)

    def afterwards(self, fault: str, tree: Tree) -> None:
        """The next build, without the fault."""
        tree.edit(tree.number + 1)
        ended = tree.run()
        if wrong := tree.wrong(ended):
            self.add(Tried(fault, "the next build", tree.delegate, False, wrong))
        tree.forget(ended.dist)

    def each(
        self, fault: str, names: tuple[str, ...], run: Callable[[Tree, str], Ended], *, unpacked: bool = False
    ) -> None:
        """Try hooks in new projects of both delegates."""
        for delegate in hooks.DELEGATES:
            tree = Tree(self.where, delegate, unpacked=unpacked)
            for hook in names:
                tree.edit(tree.number + 1)
                before = tree.snapshot()
                self.judge(fault, tree, hook, run(tree, hook))
                changed = {name for name, _ in before.items() ^ tree.snapshot().items()} - {"Cargo.lock"}
                if changed:
                    self.add(Tried(fault, hook, delegate, False, f"the source tree is another one: {sorted(changed)}"))
            self.afterwards(fault, tree)
        print(f"tried: {fault}", flush=True)


def _full_output(trial: Trial, size: int) -> None:
    def run(tree: Tree, hook: str) -> Ended:
        dist = Path(tempfile.mkdtemp(prefix="dist-", dir=tree.where))
        with small_disk(dist, size):
            ended = tree.run(hook, dist=dist)
            # Judged here, where its files are.
            return ended._replace(said=ended.said, dist=_copied(dist, tree.where))

    trial.each("full disk: the output folder", _BUILDS, run)


def _copied(dist: Path, where: Path) -> Path:
    import shutil

    return Path(shutil.copytree(dist, Path(tempfile.mkdtemp(dir=where)) / "dist"))


def _full(trial: Trial, name: str, folder: Callable[[Tree], Path], size: int) -> None:
    def run(tree: Tree, hook: str) -> Ended:
        with small_disk(folder(tree), size):
            return tree.run(hook)

    trial.each(f"full disk: {name}", _BUILDS, run)


def _fills(trial: Trial, name: str, folder: Callable[[Tree], Path], size: int, *, unpacked: bool) -> None:
    def run(tree: Tree, hook: str) -> Ended:
        with small_disk(folder(tree), size), filling(folder(tree), 0.2 + tree.number % 5 / 5):
            return tree.run(hook)

    trial.each(f"a disk that another program fills: {name}", ("build_wheel",) * 5, run, unpacked=unpacked)


def disks(trial: Trial) -> None:
    """Full disks."""
    for size in (4 << 10, 64 << 10, 256 << 10):
        _full_output(trial, size)
    for size in (4 << 10, 256 << 10, 2 << 20):
        _full(trial, "TMPDIR", lambda tree: tree.temporary, size)
    for size in (4 << 10, 256 << 10, 4 << 20):
        _full(trial, "the target folder", lambda tree: tree.folder / "target", size)
    _full(trial, "the cache folder", lambda tree: tree.cache, 1 << 20)
    _fills(trial, "the target folder", lambda tree: tree.folder / "target", 64 << 20, unpacked=False)
    _fills(trial, "the cache folder", lambda tree: tree.cache, 300 << 20, unpacked=True)


def _read_only_tree(trial: Trial, fault: str, **changed: str) -> None:
    def run(tree: Tree, hook: str) -> Ended:
        if not (tree.folder / "Cargo.lock").exists():
            subprocess.run(
                ["cargo", "generate-lockfile", "--offline"], cwd=tree.folder, check=True, capture_output=True
            )
        elsewhere = {name: value.format(where=tree.where) for name, value in changed.items()}
        with read_only(tree.folder):
            return tree.run(hook, elsewhere)

    trial.each(fault, _BUILDS, run)


def folders(trial: Trial) -> None:
    """A tree and a home that cannot be written."""
    _read_only_tree(trial, "read-only source tree")
    _read_only_tree(trial, "read-only source tree, target folder elsewhere", CARGO_TARGET_DIR="{where}/elsewhere")

    def run(tree: Tree, hook: str) -> Ended:
        home = tree.where / "home"
        home.mkdir(exist_ok=True)
        with read_only(home):
            return tree.run(hook, _home(str(home)))

    trial.each("read-only home", _BUILDS, run)
    trial.each("read-only home", ("build_wheel",), run, unpacked=True)


def _home(home: str | None) -> dict[str, str | None]:
    """The variables for another home; cargo and the toolchains stay where they are."""
    own = Path.home()
    return {
        "HOME": home,
        "PYO3_FEATURES_BACKEND_CACHE_DIR": None,
        "XDG_CACHE_HOME": None,
        "CARGO_HOME": os.environ.get("CARGO_HOME") or str(own / ".cargo"),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME") or str(own / ".rustup"),
    }


def homes(trial: Trial) -> None:
    """No home, a home that is a file or not there; no TMPDIR; a cache folder that is a file."""

    def without(tree: Tree, hook: str) -> Ended:
        return tree.run(hook, _home(None))

    def file(tree: Tree, hook: str) -> Ended:
        (tree.where / "home.txt").write_text("a file\n")
        return tree.run(hook, _home(str(tree.where / "home.txt")))

    def missing(tree: Tree, hook: str) -> Ended:
        return tree.run(hook, {"TMPDIR": str(tree.where / "not" / "there")})

    def temporary_file(tree: Tree, hook: str) -> Ended:
        (tree.where / "tmp.txt").write_text("a file\n")
        return tree.run(hook, {"TMPDIR": str(tree.where / "tmp.txt")})

    def cache_file(tree: Tree, hook: str) -> Ended:
        (tree.where / "cache.txt").write_text("a file\n")
        return tree.run(hook, {"PYO3_FEATURES_BACKEND_CACHE_DIR": str(tree.where / "cache.txt")})

    for fault, run in (("no HOME", without), ("HOME is a file", file)):
        trial.each(fault, hooks.NAMES, run)
        trial.each(fault, ("build_wheel",), run, unpacked=True)
    for fault, run in (("TMPDIR is not there", missing), ("TMPDIR is a file", temporary_file)):
        trial.each(fault, hooks.NAMES, run)
    trial.each("the cache folder is a file", ("build_wheel",), cache_file, unpacked=True)


def together(trial: Trial, times: int) -> None:
    """Two hooks at once: in one tree, and from one sdist."""
    pairs = [("build_wheel", "build_wheel"), ("build_wheel", "build_editable"), ("build_wheel", "build_sdist")]
    for delegate in hooks.DELEGATES:
        tree = Tree(trial.where, delegate)
        for number in range(times):
            for pair in pairs:
                tree.edit(number)
                dists = [Path(tempfile.mkdtemp(prefix="dist-", dir=tree.where)) for _ in pair]
                started = [tree.start(hook, dist, tree.environ()) for hook, dist in zip(pair, dists)]
                for hook, process, dist in zip(pair, started, dists):
                    trial.judge("two hooks at once in one tree", tree, hook, tree.ended(process, dist))
        trial.afterwards("two hooks at once in one tree", tree)
        trees = [Tree(trial.where, delegate, unpacked=True) for _ in range(2)]
        for number in range(times):
            dists = [Path(tempfile.mkdtemp(prefix="dist-", dir=each.where)) for each in trees]
            started = []
            for each, dist in zip(trees, dists):
                each.edit(number)
                environ = each.environ({"PYO3_FEATURES_BACKEND_CACHE_DIR": str(trees[0].cache)})
                started.append(each.start("build_wheel", dist, environ))
            for each, process, dist in zip(trees, started, dists):
                trial.judge("two hooks at once from one sdist", each, "build_wheel", each.ended(process, dist))
    print("tried: two hooks at once", flush=True)


def run(where: Path, until: float) -> list[Tried | NotTried]:
    """All faults, as far as there is time."""
    trial = Trial(where)
    parts: list[tuple[str, Callable[[Trial], None]]] = [
        ("two hooks at once", lambda trial: together(trial, 3)),
        ("no home, no TMPDIR", homes),
    ]
    mounts: list[tuple[str, Callable[[Trial], None]]] = [("full disks", disks), ("read-only folders", folders)]
    if can_mount(where):
        parts += mounts
    else:
        trial.rows += [NotTried(name, "needs Linux and root, for mounts") for name, _ in mounts]
    for name, part in parts:
        if time.monotonic() > until:
            trial.add(NotTried(name, "no time was left"))
        else:
            part(trial)
    return trial.rows
