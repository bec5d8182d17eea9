"""Compiles an extension module of an editable install, and replaces its file.

This compiles in the place in which the builds of the project compile (``rebuild/place.py``), under its lock. It leaves
the record of a failed build there, so that the next build by the hooks compiles the project's own crates again.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import time
from contextlib import contextmanager, suppress

from .cargo import clean, find, run
from .check import RACY, Unavailable, changed, differing, metadata, read, say, stats, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from .check import Stats

_WAIT = 3  # seconds to wait for another build before the message
_COARSE = 2_000_000_000  # ns: the resolution of the times in FAT


def rebuild(name: str, record_file: str, file: str) -> None:
    """Compile a module and replace its ``file`` and its record, if no other process has done so meanwhile.

    Raises :class:`ImportError` for an error of cargo, and :class:`Unavailable` or :class:`OSError` if cargo cannot run.
    """
    with open(f"{os.path.splitext(record_file)[0]}.json", encoding="utf-8") as opened:
        module = json.load(opened)
    if not os.path.isdir(module["cwd"]):
        raise Unavailable(f"{module['cwd']} is gone")
    cargo = find(module)
    holder = os.path.dirname(module["place"])
    for folder in (os.path.dirname(record_file), os.path.dirname(file), holder):
        if os.path.isdir(folder) and not os.access(folder, os.W_OK):
            raise Unavailable(f"{folder} is read-only")
    lock = f"{module['place']}.lock"
    with _locked(lock, holder):
        record = read(record_file)
        if not (why := changed(record, file)):
            return
        say(f"compiling {name}: {why}")
        try:
            artefact = _compile(name, module, record, cargo, lock)
            _replace(artefact, file)
            record["installed"] = metadata(file)
        finally:
            write(record_file, record)


@contextmanager
def _locked(file: str, holder: str) -> Iterator[None]:
    """Hold the lock ``file`` of a place, with the calls of ``rebuild/lock.py``."""
    started, reported = time.monotonic(), False
    while True:
        os.makedirs(holder, exist_ok=True)
        # A link in its place would make a file elsewhere.
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            while not (taken := _lock(descriptor)):
                if not reported and time.monotonic() - started > _WAIT:
                    reported = True
                    say(f"waiting for another build in {holder}")
                time.sleep(0.05)
            if not _is_there(file, descriptor):
                continue  # the target folder was removed meanwhile, and another build can lock another file
            try:
                yield
            finally:
                if taken == "flock":
                    import fcntl

                    # A process that was forked meanwhile has the descriptor too, so closing it is not enough.
                    fcntl.flock(descriptor, fcntl.LOCK_UN)
            return
        finally:
            os.close(descriptor)


def _is_there(file: str, descriptor: int) -> bool:
    """Whether ``file`` is still what ``descriptor`` has opened."""
    try:
        return os.path.samestat(os.stat(file), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _lock(descriptor: int) -> str:
    """Take the lock: how, or "" if another process holds it. On a file system without locks, do without."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            return "msvcrt"
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return "flock"
    except (BlockingIOError, PermissionError):
        return ""
    except OSError as error:
        if error.errno in (errno.ENOLCK, errno.ENOTSUP):
            return "none"
        raise


class _State:
    """The state of the place: its target folder, and what the next build by the hooks finds (``rebuild/place.py``)."""

    def __init__(self, module: dict[str, Any], root: str, at: int) -> None:
        self.file = os.path.join(module["place"], "state.json")
        self.at = at
        os.makedirs(module["place"], mode=0o700, exist_ok=True)  # `cargo clean` may have removed it
        self.saved, generation = _saved(self.file), module["generation"]
        if not self.saved:  # the next build by the hooks does not know what is there
            self.saved = {"format": module["format"], "profiles": [], "record": {"unknown": True}}
            self.saved["owner"] = os.path.realpath(root)
            numbers = [int(name) for name in os.listdir(module["place"]) if name.isdecimal()]
            generation = max([generation, *(number + 1 for number in numbers)])
        elif self.saved.get("format") != module["format"]:
            raise Unavailable("another version of the backend compiled there; install the project again")
        else:
            self.at = max(self.at, os.stat(self.file).st_mtime_ns, self.saved.get("after", 0))
            generation = self.saved.get("generation", generation)
            if not self.saved.get("ended"):  # that build was killed, and its compilers may still be running
                generation += 1
        self.target = os.path.join(module["place"], str(generation))
        self.saved["generation"] = generation
        os.makedirs(self.target, mode=0o700, exist_ok=True)

    def write(self, ended: str) -> None:
        """Record how the compile ended: "badly", or "" while it runs."""
        # What is not known to the hooks stays so.
        record = self.saved.get("record")
        known = {"unknown": True} if isinstance(record, dict) and record.get("unknown") else {}
        self.saved.update(ended=ended, record=known, after=self.at)
        temporary = f"{self.file}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as opened:
            json.dump(self.saved, opened)
        os.replace(temporary, self.file)


def _saved(file: str) -> dict[str, Any]:
    """The state of a place; empty if it is missing or damaged."""
    try:
        with open(file, encoding="utf-8") as opened:
            saved = json.load(opened)
    except (FileNotFoundError, ValueError, RecursionError):
        return {}
    numbers = [saved.get("generation", 0), saved.get("after", 0)] if isinstance(saved, dict) else [None]
    return saved if all(type(number) is int for number in numbers) else {}


def _compile(name: str, module: dict[str, Any], record: dict[str, Any], cargo: str, lock: str) -> str:
    """Compile a module in its place, and renew ``record``; returns the artefact's path. Raises as :func:`rebuild`."""
    state = _State(module, record["root"], record["at"])
    now = stats(record)
    os.utime(lock)
    started = os.stat(lock).st_mtime_ns  # the clock of the file system
    state.write("")
    try:
        if any(_is_unseen(now.get(path), state.at) for path in differing(record, now)):
            clean(module, cargo, state.target)
        # What is edited from here on differs from this, if the compile fails.
        record.update(good=False, files=settled(now, started))
        artefact = run(name, module, cargo, state.target)
        renew(record, module, artefact, started)
    finally:
        state.write("badly")
        os.utime(lock)
        record["at"] = os.stat(lock).st_mtime_ns
    return artefact


def _is_unseen(entry: list[int] | None, at: int) -> bool:
    """Whether cargo may not see a change, because the file is not newer than the last compile in the place."""
    return not entry or (len(entry) > 1 and entry[1] <= at)


def settled(found: Stats, started: int) -> Stats:
    """The metadata without those of files that may have been written since a compile ``started`` (ns)."""
    return {name: RACY if entry and _is_racy(entry, started) else entry for name, entry in found.items()}


def _is_racy(entry: list[int], started: int) -> bool:
    if len(entry) < 3:
        return False  # a folder
    return entry[1] >= started - (_COARSE if entry[1] % 1_000_000_000 == 0 else 0) or entry[2] >= started


def renew(record: dict[str, Any], module: dict[str, Any], artefact: str, started: int) -> None:
    """Put the inputs of a compile that made ``artefact`` into ``record``: those in dep-info, and the watched ones."""
    listed = _dep_info(artefact)
    # What a build script wrote is in the target folder, and each compile may write it again.
    written = tuple(os.path.join(folder, "") for folder in record["excluded"])
    names = {*module["watched"], *record["whole"], *(name for name in listed or () if not name.startswith(written))}
    record["names"] = sorted(names)
    record.update(good=listed is not None, files=settled(stats(record), started))


def _dep_info(artefact: str) -> list[str] | None:
    """The files in the dep-info of an artefact (the Cargo book, "Dep-info files"); None if they are not known."""
    try:
        with open(f"{os.path.splitext(artefact)[0]}.d", encoding="utf-8", errors="surrogateescape") as opened:
            rows = [row.replace("\\ ", "\0").partition(": ")[2] for row in opened.read().splitlines()]
    except OSError:
        return None
    names = [name.replace("\0", " ") for row in rows for name in row.split(" ") if name]
    return names if all(map(os.path.isabs, names)) else None


def _replace(artefact: str, file: str) -> None:
    """Put the artefact in the place of ``file`` in one step, because other processes may have loaded it.

    A file with the same content stays: otherwise two environments that share it would each undo the other's work.
    """
    if os.path.exists(file) and _content(file) == _content(artefact):
        return
    temporary = f"{file}.{os.getpid()}~"
    try:
        shutil.copyfile(artefact, temporary)
        os.chmod(temporary, os.stat(file).st_mode & 0o777 if os.path.exists(file) else 0o755)
        try:
            os.replace(temporary, file)
        except PermissionError:
            if sys.platform != "win32":
                raise
            # Windows does not replace a library that is loaded, but it renames it.
            os.replace(file, f"{file}.{os.getpid()}.old~")
            os.replace(temporary, file)
    finally:
        with suppress(FileNotFoundError):
            os.remove(temporary)


def _content(file: str) -> bytes:
    with open(file, "rb") as opened:
        return opened.read()
