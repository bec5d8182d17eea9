"""Digests of files, computed again only if the metadata of the file show that it may have changed.

This works like git's index (git's documentation, "Racy Git"): a file that was written just before its digest was
recorded is hashed again, because a later change could have the same times.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

# In ns: the resolution of the times in FAT, the coarsest of all file systems in use.
_GRANULARITY = 2_000_000_000
# On Windows st_ctime is the time of creation, so it does not show a change that keeps the other metadata.
_METADATA_SHOW_CHANGES = os.name != "nt"

Entry = list[Any]  # [size, mtime in ns, ctime in ns, inode, device, digest]
MISSING = "missing"
FOLDER = "folder"


def hashed(path: str) -> str:
    """The sha256 of a regular file as hex digits; for anything else a text that says what it is.

    A folder is not its files, but a link to one is its target.
    """
    try:
        # O_NONBLOCK: a named pipe among the sources must not block the build.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        return _folder(path) or f"unreadable: {error.errno}"  # Windows opens no folder
    except ValueError:
        return MISSING  # a character that no path can contain
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _folder(path) or "not a file"
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, 1 << 20):
            digest.update(chunk)
        return digest.hexdigest()
    except OSError as error:
        return f"unreadable: {error.errno}"
    finally:
        os.close(descriptor)


def _folder(path: str) -> str | None:
    """What :func:`hashed` says of a folder; None for anything else."""
    if not os.path.isdir(path):
        return None
    return f"link {os.readlink(path)!a}" if os.path.islink(path) else FOLDER


def is_known(digest: str) -> bool:
    """Whether a result of :func:`hashed` is a digest of content."""
    return len(digest) == 64


def text_digest(*parts: str) -> str:
    """The sha256 of several strings, which also depends on where each one ends."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


class Digests:
    """Digests of files. ``known`` are those of an earlier build (path -> entry), recorded at ``recorded`` (ns).

    ``seen`` has the entries that this build asked for, which replace ``known`` in the next record.
    """

    def __init__(self, known: Mapping[str, Entry] | None = None, recorded: int | None = None) -> None:
        self.known = known or {}
        self.recorded = recorded or 0
        self.seen: dict[str, Entry] = {}

    def of(self, path: str) -> str:
        """The digest of the file at ``path``, with links followed."""
        return str(self.entry(path)[-1])

    def entry(self, path: str) -> Entry:
        """The metadata and the digest of the file at ``path``, with links followed."""
        if path not in self.seen:
            try:
                status = os.stat(path)
                metadata = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]
            except (OSError, ValueError):
                metadata = [0, 0, 0, 0, 0]
            old = self.known.get(path)
            settled = max(metadata[1:3]) < self.recorded - _GRANULARITY
            same = _METADATA_SHOW_CHANGES and settled and old is not None and old[:-1] == metadata
            self.seen[path] = [*metadata, old[-1] if same and old else hashed(path)]
        return self.seen[path]


class Memory(Digests):
    """Digests that are saved in a file. If the file is damaged, everything is hashed again."""

    def __init__(self, file: Path) -> None:
        self.file, self.started = file, time.time_ns()
        known, recorded = {}, 0
        try:
            saved = json.loads(file.read_text(encoding="utf-8"))
            if isinstance(saved["recorded"], int) and all(map(is_entry, saved["files"].values())):
                known, recorded = saved["files"], saved["recorded"]
        except (OSError, ValueError, AttributeError, TypeError, KeyError, RecursionError):
            pass  # the file does not exist yet, or is damaged
        super().__init__(known, recorded)

    def save(self) -> None:
        """Write the file if there is anything new. Raises :class:`OSError`."""
        settled = all(max(entry[1:3]) < self.recorded - _GRANULARITY for entry in self.seen.values())
        if self.seen and not (self.seen == self.known and settled):
            replace(self.file, json.dumps({"recorded": self.started, "files": self.seen}))


def is_path(name: Any) -> bool:
    """Whether a value read from JSON can be a path."""
    try:
        return isinstance(name, str) and bool(name) and b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def is_entry(entry: Any) -> bool:
    """Whether a value read from JSON has the shape of an :data:`Entry`."""
    return (
        isinstance(entry, list)
        and len(entry) == 6
        and all(isinstance(number, int) for number in entry[:5])
        and isinstance(entry[5], str)
        and entry[5].isascii()
    )


def replace(file: Path, text: str) -> None:
    """Replace the content of ``file`` atomically. Raises :class:`OSError`."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def files_below(folder: str, excluded: frozenset[str], *, package: bool) -> Iterator[str]:
    """``folder``, and what is below it, except what is in ``excluded``. Links are followed, as cargo does.

    If it is the folder of a package, ``.git``, caches (https://bford.info/cachedir/) and virtual environments in it are
    left out: they are no sources, and can have very many files.
    """
    seen: set[tuple[int, int]] = set()
    todo = [folder]
    while todo:
        current = todo.pop()
        yield current  # its name counts if it is empty, and its target if it is a link
        try:
            status = os.stat(current)
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue  # a link to a folder above it, or to one that was visited
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            if entry.path not in excluded:
                if entry.is_dir():
                    if not (package and _has_no_sources(entry.path)):
                        todo.append(entry.path)
                else:
                    yield entry.path


def _has_no_sources(folder: str) -> bool:
    marks = (os.path.join(folder, name) for name in ("CACHEDIR.TAG", "pyvenv.cfg"))
    return os.path.basename(folder) == ".git" or any(map(os.path.isfile, marks))
