"""The folder of the user that contains the compile cache: where it is, whether builds use it, and whether another user
could have changed what is in it.

What is kept there becomes part of wheels, or runs in builds. :mod:`rebuild.bytecode` needs this module before all
others are loaded, so it imports little: not even the errors.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from ..model.machine import CACHE_DIR

# https://bford.info/cachedir/
TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by pyo3-features-backend; safe to remove.\n"
_TAG_FILE = "CACHEDIR.TAG"
_NAME = "pyo3-features-backend"
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


class NoFolderError(LookupError):
    """The user has no cache folder. The text says why."""


def find(environ: Mapping[str, str]) -> Path:
    """The cache folder, which may not exist yet. Raises :class:`NoFolderError`.

    It is the path without links, because a link could be changed after :func:`refused` has looked.
    """
    if environ.get(CACHE_DIR):
        return Path(os.path.realpath(environ[CACHE_DIR]))
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir(_NAME, appauthor=False))
    except RuntimeError as error:  # releases from 4.4 on; others give a relative path, which would be in the project
        raise NoFolderError(f"the user's cache folder is not known: {error}") from None
    if not folder.is_absolute():
        raise NoFolderError(f"the user's cache folder is not an absolute path: {folder}")
    return Path(os.path.realpath(folder))


def root(environ: Mapping[str, str]) -> Path:
    """The same for what reports errors to the user: raises :class:`errors.SettingsError`."""
    try:
        return find(environ)
    except NoFolderError as error:
        from ..errors import SettingsError

        raise SettingsError(str(error), hint=f"set {CACHE_DIR}") from None


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
    return stat.S_ISDIR(status.st_mode) and is_own(status)


def is_own(status: os.stat_result) -> bool:
    """Whether what ``status`` is of belongs to the user, and no other user can access it."""
    return sys.platform == "win32" or (status.st_uid == os.geteuid() and not status.st_mode & 0o077)


def is_cache(folder: Path) -> bool:
    """Whether this backend created ``folder`` as a cache. A user can set any folder."""
    tag = folder / _TAG_FILE
    return not tag.is_symlink() and tag.is_file() and _NAME in tag.read_text(encoding="utf-8", errors="replace")


def has_own(folder: Path, inside: str) -> bool:
    """Whether the cache ``folder`` and the folder named ``inside`` in it are this backend's and the user's.

    Otherwise nothing there is used, and nothing is removed. Raises :class:`OSError`.
    """
    made = folder / inside
    if not is_cache(folder) or made.is_symlink() or not made.is_dir():
        return False
    return sys.platform == "win32" or {folder.stat().st_uid, made.stat().st_uid} == {os.geteuid()}


def _is_new(folder: Path) -> bool:
    """Whether ``folder`` can become a cache: it is empty, or another build makes it one, or was interrupted then."""
    names = [path for path in folder.iterdir() if not path.name.startswith(f"{_TAG_FILE}.")]
    return not names or (names == [folder / _TAG_FILE] and not names[0].lstat().st_size) or is_cache(folder)


def is_usable(folder: Path) -> bool:
    """Whether :func:`prepare` would probably accept the cache folder. Nothing is created."""
    existing = next(level for level in (folder, *folder.parents) if level.exists())
    try:
        is_ours = existing != folder or is_cache(folder) or _is_new(folder)
    except OSError:
        return False
    return refused(folder) is None and is_ours and os.access(existing, os.W_OK)


def prepare(folder: Path, inside: str) -> str | None:
    """Create the cache folder and the folder named ``inside`` in it if they do not exist; returns why they cannot be
    used, or None if they can.
    """
    try:
        if why := refused(folder):
            return why
        if shutil.disk_usage(next(level for level in (folder, *folder.parents) if level.exists())).free < _MIN_FREE:
            return f"the disk of {folder} is almost full"
        # With parents=True the parents would have the umask's mode.
        for level in reversed([level for level in (folder, *folder.parents) if not level.exists()]):
            level.mkdir(mode=0o700, exist_ok=True)
        if why := refused(folder):
            return why
        if not is_cache(folder):
            if not _is_new(folder):
                return f"{folder} contains other files; {CACHE_DIR} must name an empty folder or a new one"
            new = folder / f"{_TAG_FILE}.{os.getpid()}"
            new.write_text(TAG, encoding="ascii")
            new.replace(folder / _TAG_FILE)
        made = folder / inside
        made.mkdir(mode=0o700, exist_ok=True)
        if not is_private(made):
            return f"{made} is accessible to other users, or belongs to one"
        if not os.access(made, os.W_OK):
            return f"{folder} is read-only"
    except OSError as error:
        return f"{error.filename or folder}: {error.strerror}"
    return None
