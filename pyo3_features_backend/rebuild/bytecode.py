"""The bytecode of this backend's own modules, kept from build to build.

A front end installs the backend anew for each build, and uv does so without bytecode. So Python would compile about
ninety modules each time, which is a fifth of a build that has nothing else to do. As in a ``.pyc`` file, bytecode
belongs to one text of a module (by hash, PEP 552) and to one version of Python. Where an environment has bytecode of
its own, that is used.

An archive in ``CACHE/bytecode`` has the modules of one version of the backend: a head, a hash of the rest, and the
rest in the format of :mod:`marshal`. Whatever is wrong with it, the modules are compiled, as they would be without it.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import marshal
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import TypeVar

from ..errors import SettingsError
from . import user_folder

F = TypeVar("F", bound=Callable[..., object])
# The hash of a module's source, and its code as `marshal` writes it: a hook needs only some of the modules.
Module = tuple[bytes, bytes]

FOLDER = "bytecode"
_SUFFIX = ".archive"
_HEAD = b"pyo3-features-backend 2 " + importlib.util.MAGIC_NUMBER
_HASH = 8  # bytes of importlib.util.source_hash
_MOST = 16  # archives: versions of Python, times versions of the backend in use
_SETTING = "PYO3_FEATURES_BACKEND_COMPILE_CACHE"
_PACKAGE = __name__.partition(".")[0]


class _Loader(SourceFileLoader):
    """Loads a module from its kept bytecode, or compiles it."""

    def __init__(self, fullname: str, path: str, finder: _Finder) -> None:
        super().__init__(fullname, path)
        self._finder = finder

    def get_code(self, fullname: str) -> CodeType | None:
        source = self.get_data(self.path)
        digest = importlib.util.source_hash(source)
        kept = self._finder.kept.get(fullname)
        if kept and kept[0] == digest:
            return _placed(marshal.loads(kept[1]), self.path)
        if not self._finder.keeps:
            return super().get_code(fullname)  # which can write a .pyc file
        code: CodeType = self.source_to_code(source, self.path)
        self._finder.compiled[fullname] = (digest, code)
        return code


class _Finder:
    """Finds the modules of this package as Python does, and gives those without bytecode a :class:`_Loader`."""

    def __init__(self) -> None:
        self.compiled: dict[str, tuple[bytes, CodeType]] = {}

    @functools.cached_property
    def kept(self) -> dict[str, Module]:
        """What the archive has: it is read only if a module needs it."""
        try:
            return _read(_archive())
        except (OSError, SettingsError):
            return {}

    @functools.cached_property
    def keeps(self) -> bool:
        """Whether :func:`keep` will keep what is compiled, as far as it is known before the settings are read."""
        try:
            return not sys.dont_write_bytecode and user_folder.is_usable(user_folder.root(os.environ))
        except (OSError, SettingsError):
            return False

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A method of `importlib.abc.MetaPathFinder`."""
        if not fullname.startswith(f"{_PACKAGE}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and type(spec.loader) is SourceFileLoader and not (spec.cached and os.path.exists(spec.cached)):
            spec.loader = _Loader(fullname, spec.loader.path, self)
        return spec


def _placed(code: CodeType, path: str) -> CodeType:
    """``code`` with the path that its module has now, which a traceback shows."""
    if code.co_filename == path:
        return code
    inner = tuple(_placed(each, path) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_filename=path, co_consts=inner)


def reused(hook: F) -> F:
    """Let ``hook`` load the modules of this package from bytecode that an earlier build has kept (:func:`keep`)."""

    @functools.wraps(hook)
    def wrapped(*args: object, **kwargs: object) -> object:
        off = os.environ.get(_SETTING) == "off" or user_folder.off_because(os.environ)
        if _installed() is None and PathFinder in sys.meta_path and not off:
            sys.meta_path.insert(sys.meta_path.index(PathFinder), _Finder())
        return hook(*args, **kwargs)

    return wrapped  # type: ignore[return-value]


def _installed() -> _Finder | None:
    return next((finder for finder in sys.meta_path if isinstance(finder, _Finder)), None)


def keep(compile_cache: str) -> None:
    """Keep the bytecode of what had to be compiled, unless the setting ``compile_cache`` is "off".

    A build does not depend on it, so no failure is reported.
    """
    finder = _installed()
    if compile_cache == "off" or finder is None or not finder.compiled:
        return
    with contextlib.suppress(OSError, ValueError, SettingsError):  # a full disk; code that marshal cannot write
        folder = user_folder.root(os.environ)
        if user_folder.prepare(folder, FOLDER) is None:
            compiled = {name: (digest, marshal.dumps(code)) for name, (digest, code) in finder.compiled.items()}
            _write(_archive(), {**finder.kept, **compiled})
            for old in sorted(_archives(folder), key=lambda path: path.lstat().st_mtime)[:-_MOST]:
                old.unlink()


def _archive() -> Path:
    """The archive for the running Python. Its optimisation is part of the name, as in the name of a ``.pyc`` file."""
    version, tag = sys.modules[_PACKAGE].__version__, sys.implementation.cache_tag
    name = f"{version}-{tag}-{sys.flags.optimize}{_SUFFIX}"
    return user_folder.root(os.environ) / FOLDER / name


def _archives(cache: Path) -> list[Path]:
    """The archives in the cache folder ``cache``, and what interrupted builds left of some."""
    folder = cache / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.suffix == _SUFFIX]


def _read(archive: Path) -> dict[str, Module]:
    """The modules in an archive; none if it is missing, damaged, or another user could have changed it.

    Raises :class:`OSError`.
    """
    discard_open(archive.parent.parent)
    if user_folder.refused(archive.parent) or not user_folder.is_private(archive.parent):
        return {}
    data = _bytes_of(archive)
    digest, content = data[len(_HEAD) : len(_HEAD) + _HASH], data[len(_HEAD) + _HASH :]
    if not data.startswith(_HEAD) or importlib.util.source_hash(content) != digest:
        return {}
    modules: dict[str, Module] = marshal.loads(content)
    return modules


def _bytes_of(archive: Path) -> bytes:
    """The content of an archive, empty if it is not a file that only this user can access. Raises :class:`OSError`."""
    with archive.open("rb") as file:
        return file.read() if _is_private(os.fstat(file.fileno())) else b""


def _is_private(status: os.stat_result) -> bool:
    """Whether ``status`` is of a file that belongs to the user, and that no other user can access."""
    return stat.S_ISREG(status.st_mode) and user_folder.is_own(status)


def discard_open(cache: Path) -> bool:
    """Remove the archives in the cache folder ``cache`` that another user could have changed; whether there were any.

    It is not enough to close the folder (:func:`cache.discard_open`). Raises :class:`OSError`.
    """
    folder = cache / FOLDER
    if not user_folder.has_own(cache, FOLDER):
        return False
    closed = user_folder.is_private(folder)
    trusted = closed and user_folder.refused(folder) is None
    removed = False
    for path in _archives(cache):
        with contextlib.suppress(FileNotFoundError):  # another build has renamed it, or removed it
            status = path.lstat()
            if not (trusted and _is_private(status)) and not stat.S_ISDIR(status.st_mode):
                path.unlink()
                removed = True
    if not closed:
        folder.chmod(0o700)
    return removed


def _write(archive: Path, modules: dict[str, Module]) -> None:
    """Write an archive in one step. Raises :class:`OSError`."""
    content = marshal.dumps(modules)
    new = archive.with_name(f".{os.getpid()}{_SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(new, flags, 0o600), "wb") as file:
            file.write(_HEAD + importlib.util.source_hash(content) + content)
        new.replace(archive)
    finally:
        with contextlib.suppress(OSError):
            new.unlink()


def size(cache: Path) -> int:
    """The bytes that the archives in the cache folder ``cache`` have."""
    return sum(_sizes(cache))


def _sizes(cache: Path) -> Iterator[int]:
    for path in _archives(cache):
        with contextlib.suppress(OSError):
            yield path.lstat().st_size


def clear(cache: Path) -> int:
    """Remove the archives in the cache folder ``cache``; returns the bytes removed. Links are not followed."""
    removed = 0
    for path in _archives(cache):
        with contextlib.suppress(OSError):
            count = path.lstat().st_size
            path.unlink()
            removed += count
    return removed
