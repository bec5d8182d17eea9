"""Starts threads that get no signal.

The kernel gives a signal of the process to any thread. If that is not the main one, Python's main thread goes on
waiting, for a child or for the thread, and runs the signal's handler only after that.
"""

from __future__ import annotations

import signal
import sys
import threading

# What ends a build. SIGHUP is that of a terminal that closes; Windows has none.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def start(thread: threading.Thread) -> None:
    """Start a thread that gets none of :data:`SIGNALS`. Raises :class:`RuntimeError` if the system has no thread left.

    On Windows, and for a Python that cannot block signals (GraalPy), it is started as usual.
    """
    if sys.platform == "win32" or not hasattr(signal, "pthread_sigmask"):
        thread.start()
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # A handler can run in this call, and raise.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
