"""The compile cache: a folder of the user, which contains the places of unpacked sdists.

Front ends remove an unpacked sdist after the build, and its target folder too. So cargo gets a place in
``CACHE/targets`` (see :mod:`.place`) for each project, set of resolved dependencies and :func:`machine.context`.
No other user may be able to write there, because the artefacts in it become part of wheels.
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
from . import place, places

FOLDER, LIMIT = CACHE_DIR, CACHE_SIZE
_MIN_FREE = 256 << 20  # bytes that must be free on the disk of the cache

# Variables of systems that build without a person, or that tell a front end to keep nothing (documentation of each).
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
    """Why "auto" means off in this environment; None if it means on."""
    for name, meaning in _OFF:
        if environ.get(name, "").lower() not in ("", "0", "false", "no", "off"):
            return f"{name} is set" if name == meaning else f"{name} is set ({meaning})"
    return None


def root(environ: Mapping[str, str]) -> Path:
    """The cache folder, which may not exist yet."""
    if environ.get(FOLDER):
        return Path(environ[FOLDER]).absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir(NAME, appauthor=False))


def limit(environ: Mapping[str, str]) -> int:
    """The largest size of the cache in bytes. Raises :class:`SettingsError` for an invalid size."""
    text = environ.get(LIMIT) or CACHE_SIZE_DEFAULT
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)\s*([KMGT]?)(?:i?B)?", text, re.IGNORECASE | re.ASCII)
    if not match:
        raise SettingsError(f"{text!r} is not a size", place=Place(f"${LIMIT}"), hint="such as 5G or 500M")
    return int(float(match.group(1)) * 1024 ** " KMGT".index(match.group(2).upper() or " "))


def holder(folder: Path) -> Path:
    """The folder with the places in the cache ``folder``."""
    return folder / "targets"


def refused(folder: Path) -> str | None:
    """Why another user could change the content of ``folder``, or None. The folder may not exist yet.

    As sudo and OpenSSH do, this checks every folder on the way to it. Each must belong to the user or to root, and must
    not be writable by others, except with the sticky bit (as in /tmp), so that they cannot rename files of this user.
    On Windows only the user can write to the profile folder.
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
            return f"{level} is writable by other users"
    return None


def is_private(folder: Path) -> bool:
    """Whether ``folder`` belongs to the user and no other user can access it."""
    status = folder.lstat()
    own = sys.platform == "win32" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)
    return stat.S_ISDIR(status.st_mode) and own


def _is_cache(folder: Path) -> bool:
    """Whether this backend created ``folder`` as a cache. A user can set any folder."""
    tag = folder / "CACHEDIR.TAG"
    return not tag.is_symlink() and tag.is_file() and NAME in tag.read_text(encoding="utf-8", errors="replace")


def discard_open(folder: Path) -> list[str]:
    """Remove the places in the cache ``folder`` that another user could have changed; returns lines to report.

    If others can write to a folder now, they may have changed its content already, so it is not enough to change its
    permissions.
    """
    targets = holder(folder)
    try:
        if not _is_cache(folder) or not targets.is_dir() or targets.is_symlink():
            return []
        if sys.platform != "win32" and {folder.stat().st_uid, targets.stat().st_uid} != {os.geteuid()}:
            return []  # it is another user's, and not used
        found, closed = places.entries(targets), is_private(targets)
        trusted = closed and refused(folder) is None
        if trusted:
            opened = [
                entry
                for entry in found
                if not all(map(is_private, (entry, *(child for child in entry.iterdir() if child.name.isdecimal()))))
            ]
            names = [str(entry) for entry in opened]
        else:
            opened, names = found, [str(targets if not closed else folder)] if found else []
        for entry in opened:
            places.discard(entry)
        if not trusted:
            for entry in targets.iterdir():
                if entry.is_symlink() or (entry.is_file() and (entry.suffix == ".lock" or entry.name == place.DIGESTS)):
                    entry.unlink()
        if not closed:
            targets.chmod(0o700)  # its places have been removed
    except OSError as error:
        return [f"{error.filename or folder}: {error.strerror}"]
    return [f"other users could change {name}, so its contents have been removed" for name in names]


def prepare(folder: Path) -> str | None:
    """Create the cache folder if it does not exist; returns why it cannot be used, or None if it can."""
    try:
        if why := refused(folder):
            return why
        # With parents=True the parents would have the umask's mode.
        for level in reversed([level for level in (folder, *folder.parents) if not level.exists()]):
            level.mkdir(mode=0o700, exist_ok=True)
        if why := refused(folder):
            return why
        if not _is_cache(folder):
            if any(folder.iterdir()):
                return f"{folder} contains other files; {FOLDER} must name an empty folder or a new one"
            (folder / "CACHEDIR.TAG").write_text(place.TAG, encoding="ascii")
        targets = holder(folder)
        targets.mkdir(mode=0o700, exist_ok=True)
        if not is_private(targets):
            return f"{targets} is accessible to other users, or belongs to one"
        if not os.access(targets, os.W_OK):
            return f"{folder} is read-only"
        if shutil.disk_usage(folder).free < _MIN_FREE:
            return f"the disk of {folder} is almost full"
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"
    return None


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
        raise SettingsError(f"the compile cache is not cleared: {why}", hint=f"see {FOLDER}")
    if not _is_cache(folder):
        raise SettingsError(f"{folder} is not a compile cache", hint=f"see {FOLDER}")
    if holder(folder).is_symlink():
        raise SettingsError(f"{holder(folder)} is a link", hint="remove it by hand")
    removed = in_use = 0
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
        if places.remove(entry.folder):
            total -= entry.size
