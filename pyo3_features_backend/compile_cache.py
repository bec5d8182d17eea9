"""Compiled dependencies of unpacked sdists, kept between builds in the user's cache folder.

An unpacked sdist lies in a folder that is gone after the build, and cargo's target folder with it. Instead cargo gets
one below the cache folder, which belongs to one project, one resolved lock file and one :func:`inputs.context`.

    CACHE/targets/PROJECT-DIGEST/state.json     what the newest generation holds, file by file
                                 1/             a target folder; after a build that was killed the next number
    CACHE/targets/PROJECT-DIGEST.lock           empty, and never removed: a build may be waiting for it

Whatever is wrong with it (not ours, not private, full, changed by somebody), the build goes on without it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .errors import NAME, Place, SettingsError
from .lock import held
from .settings_model import CACHE_DIR, CACHE_SIZE, CACHE_SIZE_DEFAULT
from .target_folder import TAG

FOLDER, LIMIT = CACHE_DIR, CACHE_SIZE
_ROOM = 256 << 20  # bytes that must be free beneath the cache
_STATE = "state.json"
_ENTRY = re.compile(r"-[0-9a-f]{16}$")  # as key() ends

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


def refused(folder: Path) -> str | None:
    """Why ``folder`` is not the user's own and private, or None; on Windows the profile folder is both."""
    if sys.platform == "win32":
        return None
    status = folder.lstat()
    if status.st_uid != os.geteuid():
        return f"{folder} belongs to another user"
    if (status.st_mode & 0o170000) != 0o040000:
        return f"{folder} is not a folder"
    if status.st_mode & 0o077:
        return f"{folder} is open to others (chmod 700 mends it)"
    return None


def usable(folder: Path) -> str | None:
    """Make the cache folder if there is none; why it cannot be used, or None."""
    try:
        if not folder.is_dir():
            above = next(parent for parent in folder.parents if parent.exists())
            if sys.platform != "win32" and above.stat().st_uid != os.geteuid():
                return f"{above} belongs to another user"
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        if why := refused(folder):
            return why
        tag = folder / "CACHEDIR.TAG"
        if not tag.exists():
            tag.write_text(TAG, encoding="ascii")
        (folder / "targets").mkdir(mode=0o700, exist_ok=True)
        if not os.access(folder / "targets", os.W_OK):
            return f"{folder} is read-only"
        if shutil.disk_usage(folder).free < _ROOM:
            return f"there is too little room beneath {folder}"
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"
    return None


class Entry(NamedTuple):
    """One kept target folder: ``size`` in bytes, ``used`` in seconds since the epoch."""

    folder: Path
    size: int
    used: float


def entries(folder: Path) -> list[Entry]:
    """What the cache holds, the least recently used first."""
    found = []
    for entry in (folder / "targets").iterdir() if (folder / "targets").is_dir() else []:
        if not _ENTRY.search(entry.name) or not entry.is_dir() or not Path(f"{entry}.lock").is_file():
            continue  # not made here
        state = entry / _STATE
        with contextlib.suppress(OSError):
            used = (state if state.is_file() else entry).stat().st_mtime
            found.append(Entry(entry, _size(entry), used))
    return sorted(found, key=lambda entry: entry.used)


def _size(folder: Path) -> int:
    seen: set[int] = set()
    total = 0
    for current, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                status = Path(current, name).lstat()
                if status.st_ino not in seen or status.st_nlink == 1:  # cargo links what it hands out
                    total += status.st_size
                seen.add(status.st_ino)
    return total


def _remove(entry: Path) -> bool:
    """Remove one target folder unless a build is using it."""
    try:
        with held(Path(f"{entry}.lock"), wait=False) as got:
            if not got:
                return False
            # Without its state nothing in it is trusted any more, however far the removal comes.
            with contextlib.suppress(FileNotFoundError):
                (entry / _STATE).unlink()
            shutil.rmtree(entry, ignore_errors=True)
    except OSError:
        return False
    return not entry.exists()


def clear(folder: Path) -> tuple[int, int]:
    """Remove every target folder that no build is using; (bytes removed, folders left).

    Raises :class:`SettingsError` for a folder that is no cache of ours.
    """
    if why := refused(folder):
        raise SettingsError(f"the compile cache is left as it is: {why}", hint=f"see {FOLDER}")
    tag = folder / "CACHEDIR.TAG"
    if not tag.is_file() or NAME not in tag.read_text(encoding="utf-8", errors="replace"):
        raise SettingsError(f"{folder} is no compile cache", hint=f"see {FOLDER}")
    removed = left = 0
    for entry in entries(folder):
        if _remove(entry.folder):
            removed += entry.size
        else:
            left += 1
    return removed, left


def trim(folder: Path, most: int) -> None:
    """Remove the least recently used target folders until the cache holds at most ``most`` bytes."""
    listed = entries(folder)
    total = sum(entry.size for entry in listed)
    for entry in listed:
        if total <= most:
            return
        if _remove(entry.folder):
            total -= entry.size


def key(project: str, locked: str, context: str) -> str:
    """The name of a project's target folder for one lock file and context."""
    import hashlib

    name = re.sub(r"[^a-z0-9]+", "-", project.lower()).strip("-") or "project"
    return f"{name}-{hashlib.sha256(f'{project}|{locked}|{context}'.encode()).hexdigest()[:16]}"


def _listing(folder: Path) -> dict[str, tuple[int, int]]:
    """The files below ``folder``: name -> (size, mtime in ns)."""
    found = {}
    for current, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(current, name)  # noqa: PTH118  (half the time of a Path, for thousands of files)
            status = os.lstat(path)
            found[os.path.relpath(path, folder)] = (status.st_size, status.st_mtime_ns)
    return found


def _checksum(file: Path) -> int:
    with file.open("rb") as stream:
        value = 0
        while chunk := stream.read(1 << 22):
            value = zlib.crc32(chunk, value)
    return value


class Kept:
    """One kept target folder, with its lock held: ``folder`` is the target folder for cargo.

    Until :meth:`finish` it counts as broken off, and what is in it is not used again.
    """

    def __init__(self, entry: Path) -> None:
        self.entry = entry
        state = self._state()
        generation: int = state["generation"]
        self.files: dict[str, list[int]] = state["files"]
        whole = state["whole"] is True and generation > 0 and self._intact(entry / str(generation))
        self.folder = entry / str(generation if whole else generation + 1)
        if not whole:
            self.files = {}
            for old in entry.iterdir():
                if old.is_dir():
                    shutil.rmtree(old, ignore_errors=True)
            self.folder.mkdir(mode=0o700)
        self._write(whole=False)

    def _state(self) -> dict[str, Any]:
        """What state.json says; a generation past all there are, and nothing whole in it, if it cannot be read."""
        try:
            found = json.loads((self.entry / _STATE).read_text(encoding="utf-8"))
            if isinstance(found["generation"], int) and isinstance(found["files"], dict) and "whole" in found:
                return dict(found)
        except (OSError, ValueError, KeyError, TypeError):
            pass  # none yet, or damaged: both are mended below
        numbers = [int(old.name) for old in self.entry.iterdir() if old.name.isdecimal()]
        return {"generation": max(numbers, default=0), "files": {}, "whole": False}

    def _write(self, *, whole: bool) -> None:
        fresh = self.entry / f"{_STATE}.new"
        state = {"generation": int(self.folder.name), "whole": whole, "files": self.files}
        fresh.write_text(json.dumps(state), encoding="utf-8")
        fresh.replace(self.entry / _STATE)

    def _intact(self, folder: Path) -> bool:
        """Whether every file is as the build before left it, to the byte, and there is no other."""
        try:
            now = _listing(folder)
            if {name: tuple(known[:2]) for name, known in self.files.items()} != now:
                return False
            return all(_checksum(folder / name) == known[2] for name, known in self.files.items())
        except (OSError, ValueError, TypeError, IndexError, AttributeError):
            return False

    def finish(self) -> None:
        """Write down what the folder holds; without that it is not used again."""
        known = self.files
        self.files = {}
        for name, (size, time) in _listing(self.folder).items():
            old = known.get(name)
            same = old is not None and old[:2] == [size, time]
            self.files[name] = [size, time, old[2] if same and old else _checksum(self.folder / name)]
        self._write(whole=True)

    def trim(self, environ: Mapping[str, str]) -> None:
        """Bring the cache below its limit; for after the lock."""
        trim(self.entry.parent.parent, limit(environ))


@contextlib.contextmanager
def kept(folder: Path, name: str) -> Iterator[Kept]:
    """The target folder ``name`` of the cache ``folder``, locked. Raises :class:`OSError` if it cannot be used."""
    entry = folder / "targets" / name
    with held(Path(f"{entry}.lock")):
        entry.mkdir(mode=0o700, exist_ok=True)
        yield Kept(entry)
