"""The backend's own modules, loaded from bytecode that an earlier build has kept.

A front end installs the backend anew for each build, and uv does so without bytecode. So Python would compile about
ninety modules each time, which is a fifth of a build that has nothing else to do. As in a ``.pyc`` file, bytecode
belongs to one text of a module (by hash, PEP 552) and to one version of Python. Where an environment has bytecode of
its own, that is used.

An archive in ``CACHE/bytecode`` has the modules of one version of the backend: :data:`HEAD`, a hash of the rest, and
the rest in the format of :mod:`marshal`. :mod:`rebuild.archives` writes it. Whatever is wrong with it, the modules are
compiled, as they would be without it.

What this module imports is compiled in each build, so it is little: not even the errors.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import marshal
import os
import stat
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from . import user_folder

# The hash of a module's source, and its code as `marshal` writes it: a hook needs only some of the modules.
Module = tuple[bytes, bytes]

FOLDER = "bytecode"
SUFFIX = ".archive"
HEAD = b"pyo3-features-backend 2 " + importlib.util.MAGIC_NUMBER
HASH = 8  # bytes of importlib.util.source_hash
_SETTING = "PYO3_FEATURES_BACKEND_COMPILE_CACHE"
_PACKAGE = __name__.partition(".")[0]


class _Loader(SourceFileLoader):
    """Loads a module from its kept bytecode, or compiles it."""

    def __init__(self, fullname: str, path: str, finder: Finder) -> None:
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


class Finder:
    """Finds the modules of this package as Python does, and gives those without bytecode a :class:`_Loader`.

    ``compiled`` has the hashes and the code of those that were not kept.
    """

    def __init__(self) -> None:
        self.compiled: dict[str, tuple[bytes, CodeType]] = {}
        self._kept: dict[str, Module] | None = None

    @property
    def kept(self) -> dict[str, Module]:
        """What the archive has: it is read only if a module needs it."""
        if self._kept is None:
            self._kept = {}  # for what is imported to read it
            with contextlib.suppress(OSError, ImportError, user_folder.NoFolderError):
                self._kept = _read(user_folder.find(os.environ))
        return self._kept

    @functools.cached_property
    def keeps(self) -> bool:
        """Whether what is compiled will be kept, as far as it is known before the settings are read."""
        try:
            return not sys.dont_write_bytecode and user_folder.is_usable(user_folder.find(os.environ))
        except (OSError, ImportError, user_folder.NoFolderError):
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


def use() -> None:
    """Load the modules that are imported from now on from kept bytecode, where the cache is in use."""
    off = os.environ.get(_SETTING) == "off" or user_folder.off_because(os.environ)
    if finder() is None and PathFinder in sys.meta_path and not off:
        sys.meta_path.insert(sys.meta_path.index(PathFinder), Finder())


def finder() -> Finder | None:
    """What :func:`use` has installed."""
    return next((finder for finder in sys.meta_path if isinstance(finder, Finder)), None)


def archive(cache: Path) -> Path:
    """The archive in the folder ``cache`` for the running Python.

    Its optimisation is part of the name, as in the name of a ``.pyc`` file.
    """
    version, tag = sys.modules[_PACKAGE].__version__, sys.implementation.cache_tag
    return cache / FOLDER / f"{version}-{tag}-{sys.flags.optimize}{SUFFIX}"


def _is_private(status: os.stat_result) -> bool:
    """Whether ``status`` is of a file that belongs to the user, and that no other user can access."""
    return stat.S_ISREG(status.st_mode) and user_folder.is_own(status)


def _read(cache: Path) -> dict[str, Module]:
    """The modules in the archive; none if it is missing, damaged, or another user could have changed it.

    Raises :class:`OSError`.
    """
    file = archive(cache)
    closed = user_folder.refused(file.parent) is None and user_folder.is_private(file.parent)
    data = _bytes_of(file) if closed else None
    if data is None:
        discard_open(cache)
        return {}
    digest, content = data[len(HEAD) : len(HEAD) + HASH], data[len(HEAD) + HASH :]
    if not data.startswith(HEAD) or importlib.util.source_hash(content) != digest:
        return {}
    modules: dict[str, Module] = marshal.loads(content)
    return modules


def _bytes_of(file: Path) -> bytes | None:
    """The content of an archive, or None if it is not a file that only this user can access.

    Raises :class:`OSError`.
    """
    with file.open("rb") as opened:
        return opened.read() if _is_private(os.fstat(opened.fileno())) else None


def listed(cache: Path) -> list[Path]:
    """The archives in the cache folder ``cache``, and what interrupted builds left of some."""
    folder = cache / FOLDER
    if folder.is_symlink() or not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.suffix == SUFFIX]


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
    for path in listed(cache):
        with contextlib.suppress(FileNotFoundError):  # another build has renamed it, or removed it
            status = path.lstat()
            if not (trusted and _is_private(status)) and not stat.S_ISDIR(status.st_mode):
                path.unlink()
                removed = True
    if not closed:
        folder.chmod(0o700)
    return removed
