"""The user's cache folder, in which the places of unpacked sdists lie.

An unpacked sdist is gone after the build, and its target folder with it. So cargo gets one below the cache folder,
``CACHE/targets`` (see :mod:`.place`), for one project, set of resolved dependencies and :func:`machine.context`.
Nobody else may have been able to put anything there: what is in it ends up in wheels.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import NAME, Place, SettingsError
from ..model.settings import CACHE_DIR, CACHE_SIZE, CACHE_SIZE_DEFAULT
from . import place

FOLDER, LIMIT = CACHE_DIR, CACHE_SIZE
_ROOM = 256 << 20  # bytes that must be free beneath the cache

# Where somebody else than a person builds, or the front end was told to keep nothing (the documentation of each).
_OFF = (
    ("CI", "continuous integration"),
    ("CIBUILDWHEEL", "cibuildwheel"),
    ("CONDA_BUILD", "conda"),
    ("DEB_BUILD_ARCH", "Debian"),
    ("DEB_BUILD_OPTIONS", "Debian"),
    ("RPM_BUILD_ROOT", "RPM"),
    ("PORTAGE_TMPDIR", "Gentoo"),
    ("EBUILD", "Gentoo"),
    ("NIX_BUILD_TOP", "Nix"),
    ("GUIX_LOCPATH_BUILD", "Guix"),
    ("STARTDIR", "makepkg"),
    ("PKGDEST", "makepkg"),
    ("APORTSDIR", "Alpine"),
    ("FLATPAK_BUILDER_BUILDDIR", "Flatpak"),
    ("SNAPCRAFT_PART_BUILD", "Snapcraft"),
    ("CRAFT_PART_BUILD", "Snapcraft"),
    ("HOMEBREW_FORMULA_PREFIX", "Homebrew"),
    ("HOMEBREW_TEMP", "Homebrew"),
    ("PORTSDIR", "ports"),
    ("SPACK_ENV_NAME", "Spack"),
    ("READTHEDOCS", "Read the Docs"),
    ("PIP_NO_CACHE_DIR", "PIP_NO_CACHE_DIR"),
    ("UV_NO_CACHE", "UV_NO_CACHE"),
)


def off_because(environ: Mapping[str, str]) -> str | None:
    """Why "auto" means off in this environment; None where it means on."""
    for name, meaning in _OFF:
        if environ.get(name, "").lower() not in ("", "0", "false", "no", "off"):
            return f"{name} is set" if name == meaning else f"{name} is set ({meaning})"
    return None


def root(environ: Mapping[str, str]) -> Path:
    """The cache folder; it need not exist. Raises :class:`SettingsError`."""
    if environ.get(FOLDER):
        return Path(environ[FOLDER]).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir(NAME, appauthor=False))


def limit(environ: Mapping[str, str]) -> int:
    """The most that the cache may hold, in bytes. Raises :class:`SettingsError` for a size that is none."""
    text = environ.get(LIMIT) or CACHE_SIZE_DEFAULT
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", text, re.IGNORECASE)
    if not found:
        raise SettingsError(f"{text!r} is not a size", place=Place(f"${LIMIT}"), hint="such as 5G or 500M")
    return int(float(found.group(1)) * 1024 ** " KMGT".index(found.group(2).upper() or " "))


def holder(folder: Path) -> Path:
    """Where the places lie in the cache ``folder``."""
    return folder / "targets"


def refused(folder: Path) -> str | None:
    """Why somebody else could change what is in ``folder``, or None; it need not exist.

    Looked at is every folder on the way to it, as sudo and OpenSSH do: each has to belong to the user or to root, and
    must not be writable by others, unless they cannot rename what is not theirs (the sticky bit of /tmp). On Windows
    the profile folder is the user's alone.
    """
    if sys.platform == "win32":
        return None
    real = Path(os.path.realpath(folder))
    for level in reversed((real, *real.parents)):
        try:
            status = level.lstat()
        except FileNotFoundError:
            return None
        if not stat.S_ISDIR(status.st_mode):
            return f"{level} is not a folder"
        if status.st_uid != os.geteuid() and (status.st_uid != 0 or level == real):
            return f"{level} belongs to another user"
        if status.st_mode & 0o022 and not (status.st_mode & stat.S_ISVTX and level != real):
            return f"{level} can be written to by others"
    return None


def is_private(folder: Path) -> bool:
    """Whether ``folder`` is the user's and closed to everybody else."""
    status = folder.lstat()
    own = sys.platform == "win32" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)
    return stat.S_ISDIR(status.st_mode) and own


def _is_cache(folder: Path) -> bool:
    """Whether ``folder`` was made a cache by us: a person can name any."""
    tag = folder / "CACHEDIR.TAG"
    return not tag.is_symlink() and tag.is_file() and NAME in tag.read_text(encoding="utf-8", errors="replace")


def discard_open(folder: Path) -> list[str]:
    """Remove the places that others could have changed in the cache ``folder``; what was removed, in words.

    A folder that is open to others now may have been filled by them: to close it would not make its content ours.
    """
    targets = holder(folder)
    try:
        if not _is_cache(folder) or not targets.is_dir() or targets.is_symlink():
            return []
        places, closed = place.entries(targets), is_private(targets)
        if closed and refused(folder) is None:
            opened = [
                entry
                for entry in places
                if not all(map(is_private, (entry, *(one for one in entry.iterdir() if one.name.isdecimal()))))
            ]
            said = [str(entry) for entry in opened]
        else:
            opened, said = places, [str(targets if not closed else folder)] if places else []
        for one in opened:
            place.discard(one)
        if not closed and targets.stat().st_uid == os.geteuid():
            targets.chmod(0o700)  # nothing of ours is in it any more
    except OSError as error:
        return [f"{error.filename or folder}: {error.strerror}"]
    return [f"{one} was open to others, so what was kept in it is removed" for one in said]


def usable(folder: Path) -> str | None:
    """Make the cache folder if there is none; why it cannot be used, or None."""
    try:
        if why := refused(folder):
            return why
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tag = folder / "CACHEDIR.TAG"
        if not tag.exists():
            tag.write_text(place.TAG, encoding="ascii")
        targets = holder(folder)
        targets.mkdir(mode=0o700, exist_ok=True)
        if not is_private(targets):
            return f"{targets} is open to others, or another user's"
        if not os.access(targets, os.W_OK):
            return f"{folder} is read-only"
        if shutil.disk_usage(folder).free < _ROOM:
            return f"there is too little room beneath {folder}"
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"
    return None


class Entry(NamedTuple):
    """One kept place: ``size`` in bytes, ``used`` in seconds since the epoch."""

    folder: Path
    size: int
    used: float


def entries(folder: Path) -> list[Entry]:
    """What the cache holds, the least recently used first."""
    found = []
    for entry in place.entries(holder(folder)):
        with contextlib.suppress(OSError):
            found.append(Entry(entry, _size(entry), (entry / place.STATE).stat().st_mtime))
    return found


def _size(folder: Path) -> int:
    seen: set[int] = set()
    total = 0
    for current, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(current, name))
                if status.st_ino not in seen or status.st_nlink == 1:  # cargo links what it hands out
                    total += status.st_size
                seen.add(status.st_ino)
    return total


def clear(folder: Path) -> tuple[int, int]:
    """Remove every place that no build is using; (bytes removed, places left).

    Raises :class:`SettingsError` for a folder that is no cache of ours.
    """
    if why := refused(folder):
        raise SettingsError(f"the compile cache is left as it is: {why}", hint=f"see {FOLDER}")
    if not _is_cache(folder):
        raise SettingsError(f"{folder} is no compile cache", hint=f"see {FOLDER}")
    if holder(folder).is_symlink():
        raise SettingsError(f"{holder(folder)} is a link", hint="remove it by hand")
    removed = left = 0
    for entry in entries(folder):
        if place.remove(entry.folder):
            removed += entry.size
        else:
            left += 1
    return removed, left


def trim(folder: Path, most: int) -> None:
    """Remove the least recently used places until the cache holds at most ``most`` bytes."""
    listed = entries(folder)
    total = sum(entry.size for entry in listed)
    for entry in listed:
        if total <= most:
            return
        if place.remove(entry.folder):
            total -= entry.size
