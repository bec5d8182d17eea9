"""The archives of the backend's own bytecode: how they are written, bounded, and removed (:mod:`rebuild.bytecode`)."""

from __future__ import annotations

import contextlib
import importlib.util
import marshal
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from . import user_folder
from .bytecode import FOLDER, HEAD, SUFFIX, Module, archive, finder, listed

if TYPE_CHECKING:
    from threading import Thread

_MOST = 16  # archives: versions of Python, times versions of the backend in use


def keep(compile_cache: str, cache: Path | None = None) -> None:
    """Keep the bytecode of what had to be compiled, unless the setting ``compile_cache`` is "off".

    ``cache`` is the cache folder, if it is known. A build does not depend on it, so no failure is reported.
    """
    used = finder()
    if compile_cache == "off" or used is None or not used.compiled:
        return
    # A full disk; code that marshal cannot write.
    with contextlib.suppress(OSError, ValueError, user_folder.NoFolderError):
        cache = cache or user_folder.find(os.environ)
        if user_folder.prepare(cache, FOLDER) is None:
            compiled = dict(used.compiled)  # another thread may import
            used.kept.update({name: (digest, marshal.dumps(code)) for name, (digest, code) in compiled.items()})
            _write(archive(cache), used.kept)
            for name in compiled:
                used.compiled.pop(name, None)
            for old in sorted(listed(cache), key=lambda path: path.lstat().st_mtime)[:-_MOST]:
                old.unlink()


@contextlib.contextmanager
def filling(compile_cache: str, load: Callable[[], object]) -> Iterator[None]:
    """While the block waits for a program: call ``load``, which imports what later hooks need, and :func:`keep` it.

    That is done only if something had to be compiled, as in the first build of all. The block does not depend on it.
    """
    loader = _loader(compile_cache, load)
    try:
        yield
    finally:
        if loader:
            loader.join()


def _loader(compile_cache: str, load: Callable[[], object]) -> Thread | None:
    """The thread of :func:`filling`, which has been started; None if there is nothing for it to do, or it cannot be."""
    used = finder()
    if compile_cache == "off" or used is None or not used.compiled:
        return None
    from threading import Thread

    from ..facts import threads

    try:
        cache = user_folder.find(os.environ)  # the block changes the environment

        def run() -> None:
            with contextlib.suppress(Exception):  # a hook that needs what is broken says so
                load()
                keep(compile_cache, cache)

        loader = Thread(target=run)
        threads.start(loader)
    except (OSError, RuntimeError, user_folder.NoFolderError):  # such as a system that has no thread left
        return None
    return loader


def _write(file: Path, modules: dict[str, Module]) -> None:
    """Write an archive in one step. Raises :class:`OSError`."""
    content = marshal.dumps(modules)
    new = file.with_name(f".{os.getpid()}{SUFFIX}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(new, flags, 0o600), "wb") as opened:
            opened.write(HEAD + importlib.util.source_hash(content) + content)
        new.replace(file)
    finally:
        with contextlib.suppress(OSError):
            new.unlink()


def size(cache: Path) -> int:
    """The bytes that the archives in the cache folder ``cache`` have."""
    return sum(_sizes(cache))


def _sizes(cache: Path) -> Iterator[int]:
    for path in listed(cache):
        with contextlib.suppress(OSError):
            yield path.lstat().st_size


def clear(cache: Path) -> int:
    """Remove the archives in the cache folder ``cache``; returns the bytes removed. Links are not followed."""
    removed = 0
    for path in listed(cache):
        with contextlib.suppress(OSError):
            count = path.lstat().st_size
            path.unlink()
            removed += count
    return removed
