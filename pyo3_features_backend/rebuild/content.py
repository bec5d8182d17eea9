"""Files by their content, hashed again only where their metadata say that it may have changed.

As git's index does, its racy case included (git's documentation, "Racy Git"): a file that was written so shortly before
its digest was recorded that a later change could have the same times is hashed again.
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

# In ns: the coarsest clock of a file system in use (FAT).
_GRANULARITY = 2_000_000_000
# On Windows st_ctime is the time of creation, so a change that keeps the other times would not show.
_METADATA_TELL = os.name != "nt"

Entry = list[Any]  # [size, mtime in ns, ctime in ns, inode, device, digest]
MISSING = "missing"


def hashed(path: str) -> str:
    """sha256 of a regular file's content; what is there instead for anything else, and ``missing`` for nothing."""
    try:
        # Not blocking: a pipe that somebody left beside the sources must not hold up a build.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        return f"unreadable: {error.errno}"
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return "not a file"
        digest = hashlib.sha256()
        while chunk := os.read(descriptor, 1 << 20):
            digest.update(chunk)
        return digest.hexdigest()
    except OSError as error:
        return f"unreadable: {error.errno}"
    finally:
        os.close(descriptor)


def is_known(digest: str) -> bool:
    """Whether an answer of :func:`hashed` stands for a content."""
    return len(digest) == 64


def text_digest(*parts: str) -> str:
    """sha256 of several texts, kept apart."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


class Digests:
    """Digests of files; ``known`` are those of an earlier build (path -> entry), recorded at ``recorded`` (ns).

    ``seen`` are those that this one asked for, to be recorded in their place.
    """

    def __init__(self, known: Mapping[str, Entry] | None = None, recorded: int | None = None) -> None:
        self.known = known or {}
        self.recorded = recorded or 0
        self.seen: dict[str, Entry] = {}

    def of(self, path: str) -> str:
        """The digest of what is at ``path``; a link counts as what it leads to."""
        return str(self.entry(path)[-1])

    def entry(self, path: str) -> Entry:
        """Metadata and digest of what is at ``path``."""
        if path not in self.seen:
            try:
                status = os.stat(path)
                found = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev]
            except (OSError, ValueError):
                found = [0, 0, 0, 0, 0]
            old = self.known.get(path)
            settled = max(found[1:3]) < self.recorded - _GRANULARITY
            same = _METADATA_TELL and settled and old is not None and old[:-1] == found
            self.seen[path] = [*found, old[-1] if same and old else hashed(path)]
        return self.seen[path]


class Memory(Digests):
    """Digests that are kept in a file of our own. Whatever is wrong with the file, it is only slower."""

    def __init__(self, file: Path) -> None:
        self.file, self.started = file, time.time_ns()
        known, recorded = {}, 0
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            if isinstance(found["recorded"], int) and all(is_entry(entry) for entry in found["files"].values()):
                known, recorded = found["files"], found["recorded"]
        except (OSError, ValueError, AttributeError, TypeError, KeyError):
            pass  # there is none yet, or it is damaged: everything is hashed
        super().__init__(known, recorded)

    def save(self) -> None:
        """Write the file if it says anything new. Raises :class:`OSError`."""
        settled = all(max(entry[1:3]) < self.recorded - _GRANULARITY for entry in self.seen.values())
        if self.seen and not (self.seen == self.known and settled):
            replace(self.file, json.dumps({"recorded": self.started, "files": self.seen}))


def is_entry(entry: Any) -> bool:
    """Whether a value read from JSON has the shape of an :data:`Entry`."""
    return (
        isinstance(entry, list)
        and len(entry) == 6
        and all(isinstance(number, int) for number in entry[:5])
        and isinstance(entry[5], str)
    )


def replace(file: Path, text: str) -> None:
    """Put ``text`` in the place of a file's content, in one step. Raises :class:`OSError`."""
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(file)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def below(folder: str, without: frozenset[str]) -> Iterator[str]:
    """The files below ``folder``, links followed as cargo follows them, but for the folders ``without``."""
    seen: set[tuple[int, int]] = set()
    todo = [folder]
    while todo:
        current = todo.pop()
        try:
            status = os.stat(current)
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue  # a link to a folder above it
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            if entry.path not in without:
                if entry.is_dir():
                    todo.append(entry.path)
                else:
                    yield entry.path
