"""Handles SIGINT, SIGTERM and SIGHUP in a build: ends all child processes, closes files, and then ends this process.

The child process of a delegate has children too, and none of them ends with its parent. cargo would continue to compile
into a target folder that the next build uses.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from ..errors import Stopped
from ..facts.threads import SIGNALS

_SAME = 1.0  # seconds in which two signals are one request


@contextmanager
def interruptible() -> Iterator[None]:
    """In the block, SIGINT, SIGTERM and SIGHUP end the child processes and then raise :class:`Stopped`.

    A signal that already has another handler is left alone. Outside the main thread nothing changes.
    """
    received: list[int] = []
    at = 0.0

    def stop(number: int, _: FrameType | None) -> None:
        nonlocal at
        # A terminal and a front end can both send one, or a session SIGTERM and SIGHUP when it ends; the second must
        # not disturb the cleaning after the first.
        if received and time.monotonic() - at < _SAME:
            return
        received.append(number)
        at = time.monotonic()
        end_children()
        raise Stopped

    before = {number: signal.getsignal(number) for number in SIGNALS}
    handled = [number for number in SIGNALS if before[number] in (signal.SIG_DFL, signal.default_int_handler)]
    if threading.current_thread() is not threading.main_thread():
        handled = []
    for number in handled:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
        for number in [number for number in received if number != signal.SIGINT][:1]:
            os.kill(os.getpid(), number)  # so that the exit status shows the signal


def end_children() -> None:
    """End all child processes and their children. Not on Windows, where Ctrl-C reaches all of them."""
    if sys.platform == "win32":
        return
    ended: set[int] = set()
    # Stop them first, so that none can start another process before it is killed.
    while started := _descendants() - ended:
        ended |= started
        _send(signal.SIGSTOP, started)
    _send(signal.SIGKILL, ended)


def _send(number: int, processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(OSError):
            os.kill(process, number)


def _descendants() -> set[int]:
    """The process ids of all children of this process, and of their children."""
    parents = dict(_processes())
    family = {os.getpid()}
    grown = True
    while grown:
        children = {process for process, parent in parents.items() if parent in family} - family
        family |= children
        grown = bool(children)
    return family - {os.getpid()}


def _processes() -> Iterator[tuple[int, int]]:
    """All processes that have not ended, as (process id, process id of the parent)."""
    if sys.platform == "linux":
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError, IndexError, ValueError):
                    # The name, in parentheses, can contain any character (proc(5)).
                    state, parent = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                    if state != "Z":
                        yield int(entry.name), int(parent)
        return
    ps = subprocess.Popen(["ps", "-A", "-o", "pid=,ppid=,stat="], stdout=subprocess.PIPE, text=True)
    output, _ = ps.communicate()
    for row in output.splitlines():
        process, parent, state = row.split(None, 2)
        if int(process) != ps.pid and not state.startswith("Z"):
            yield int(process), int(parent)
