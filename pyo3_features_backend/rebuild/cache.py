"""The compile cache: a folder of the user, which contains the places of unpacked sdists.

Front ends remove an unpacked sdist after the build, and its target folder too. So cargo gets a place in
``CACHE/targets`` (see :mod:`.place`) for each project, set of resolved dependencies and :func:`machine.context`.
No other user may be able to write there, because the artefacts in it become part of wheels.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import Place, SettingsError
from ..model.machine import CACHE_DIR, CACHE_SIZE, CACHE_SIZE_DEFAULT
from . import archives, bytecode, place, places
from .user_folder import has_own, is_cache, is_private, refused

FOLDER = "targets"
LIMIT = CACHE_SIZE


def limit(environ: Mapping[str, str]) -> int:
    """The largest size of the cache in bytes. Raises :class:`SettingsError` for an invalid size."""
    text = environ.get(LIMIT) or CACHE_SIZE_DEFAULT
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)\s*([KMGT]?)(?:i?B)?", text, re.IGNORECASE | re.ASCII)
    if not match:
        raise SettingsError(f"{text!r} is not a size", place=Place(f"${LIMIT}"), hint="such as 5G or 500M")
    return int(float(match.group(1)) * 1024 ** " KMGT".index(match.group(2).upper() or " "))


def holder(folder: Path) -> Path:
    """The folder with the places in the cache ``folder``."""
    return folder / FOLDER


def discard_open(folder: Path) -> list[str]:
    """Remove what another user could have changed in the cache ``folder``; returns lines to report.

    If others can write to a folder now, they may have changed its content already, so it is not enough to change its
    permissions.
    """
    lines = []
    for discard in (_discard_open_bytecode, _discard_open_places):
        try:
            names = discard(folder)
            lines += [f"other users could change {name}, so its contents have been removed" for name in names]
        except OSError as error:
            lines.append(f"{error.filename or folder}: {error.strerror}")
    return lines


def _discard_open_bytecode(folder: Path) -> list[str]:
    """The name of the folder with bytecode, if any has been removed. Raises :class:`OSError`."""
    return [str(folder / bytecode.FOLDER)] if bytecode.discard_open(folder) else []


def _discard_open_places(folder: Path) -> list[str]:
    """The names of the folders with places that have been removed. Raises :class:`OSError`."""
    targets = holder(folder)
    if not has_own(folder, FOLDER):
        return []
    found, closed = places.entries(targets), is_private(targets)
    trusted = closed and refused(folder) is None
    if trusted:
        opened = [
            entry
            for entry in found
            if not all(map(is_private, (entry, *(child for child in entry.iterdir() if child.name.isdecimal()))))
        ]
        # Not while a build uses it; the next one that opens the place removes what is in it.
        names = [str(entry) for entry in opened if places.remove(entry)]
    else:
        names = [str(targets if not closed else folder)] if found else []
        for entry in found:  # its lock can be somebody else's, too
            places.discard(entry)
        for entry in targets.iterdir():
            if entry.is_symlink() or (entry.is_file() and (entry.suffix == ".lock" or entry.name == place.DIGESTS)):
                entry.unlink()
    if not closed:
        targets.chmod(0o700)  # its places have been removed
    return names


class Entry(NamedTuple):
    """One place: ``size`` in bytes, and ``used``, the time of its last use in seconds since the epoch."""

    folder: Path
    size: int
    used: float


def entries(folder: Path) -> list[Entry]:
    """All places in the cache, the least recently used first."""
    listed = []
    for entry in places.entries(holder(folder)):
        with contextlib.suppress(OSError):
            listed.append(Entry(entry, _size(entry), (entry / place.STATE).stat().st_mtime))
    return listed


def _size(folder: Path) -> int:
    """The size of all files in ``folder`` in bytes. Hard links are counted once."""
    seen: set[int] = set()
    total = 0
    for current, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(current, name))
                if status.st_ino not in seen or status.st_nlink == 1:  # cargo makes hard links to artefacts
                    total += status.st_size
                seen.add(status.st_ino)
    return total


def clear(folder: Path) -> tuple[int, int]:
    """Remove every place that no build uses: (bytes removed, places in use).

    Raises :class:`SettingsError` for a folder that is not a compile cache.
    """
    if why := refused(folder):
        raise SettingsError(f"the compile cache is not cleared: {why}", hint=f"see {CACHE_DIR}")
    if not is_cache(folder):
        raise SettingsError(f"{folder} is not a compile cache", hint=f"see {CACHE_DIR}")
    if holder(folder).is_symlink():
        raise SettingsError(f"{holder(folder)} is a link", hint="remove it by hand")
    removed, in_use = archives.clear(folder), 0
    for entry in entries(folder):
        if places.remove(entry.folder):
            removed += entry.size
        else:
            in_use += 1
    return removed, in_use


def trim(folder: Path, most: int) -> None:
    """Remove the least recently used places until the cache has at most ``most`` bytes."""
    listed = entries(folder)
    total = sum(entry.size for entry in listed)
    for entry in listed:
        if total <= most:
            return
        places.remove(entry.folder)
        total -= entry.size  # if it cannot be removed now, nothing else is removed for it
