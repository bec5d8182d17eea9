"""A lock between builds: held by a file descriptor, so the system takes it back from a build that is killed.

Our own rather than filelock's because of the price at each build: importing that takes a tenth of a rebuild with
nothing to compile (benchmarks/rebuilds.py), for the two calls below.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_WAIT = 3  # seconds to wait in silence
_PAUSE = 0.05  # seconds between two tries


def _try(descriptor: int) -> bool:
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


@contextmanager
def held(file: Path, waiting: Callable[[], None] | None = None) -> Iterator[bool]:
    """Hold the lock ``file``, which is made if need be and never removed.

    Where another build has it, wait, and call ``waiting`` once when that takes a while; without ``waiting`` give False
    at once, and no lock. Raises :class:`OSError` where the file system cannot lock or the file cannot be written.
    """
    # Not inherited (PEP 446): a compiler that outlives its build must not keep the lock.
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        started, said = time.monotonic(), False
        while not (got := _try(descriptor)) and waiting:
            if not said and time.monotonic() - started > _WAIT:
                said = True
                waiting()
            time.sleep(_PAUSE)
        yield got
    finally:
        os.close(descriptor)
