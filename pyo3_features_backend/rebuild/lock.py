"""A lock between builds. A file descriptor holds it, so the system releases it when a build is killed.

This does not use the package filelock: its import takes a tenth of the time of a rebuild that compiles nothing
(benchmarks/rebuilds.py).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.05  # seconds between two attempts


def _try(descriptor: int) -> bool:
    """Take the lock if no other build holds it; whether it was taken."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _is_there(file: Path, descriptor: int) -> bool:
    """Whether ``file`` is still what ``descriptor`` has opened."""
    try:
        return os.path.samestat(os.stat(file), os.fstat(descriptor))
    except FileNotFoundError:
        return False


@contextmanager
def locked(file: Path, on_wait: Callable[[float], None] | None = None) -> Iterator[bool]:
    """Hold the lock ``file`` in the block. The file is created if it does not exist, and never removed.

    If another build holds the lock, wait, and call ``on_wait`` again and again with the seconds since the first
    attempt. Without ``on_wait`` do not wait: yield False, and the block runs without the lock. Raises
    :class:`OSError` if the file system does not support locks, or the file cannot be written.
    """
    # Child processes do not inherit it (PEP 446): a compiler that outlives its build must not keep the lock.
    # A link in its place would make a file elsewhere.
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    started, descriptor = time.monotonic(), os.open(file, flags, 0o600)
    try:
        while True:
            taken = _try(descriptor)
            if taken and not _is_there(file, descriptor):  # somebody has removed it, and others lock another one
                os.close(descriptor)
                descriptor = -1
                descriptor = os.open(file, flags, 0o600)
            elif taken or not on_wait:
                break
            else:
                on_wait(time.monotonic() - started)
                time.sleep(_PAUSE)
        yield taken
    finally:
        if descriptor != -1:
            os.close(descriptor)
