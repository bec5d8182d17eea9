"""SIGINT and SIGTERM during a build: what was started ends, what was opened is closed, and the process ends as asked.

A delegate's child has children of its own, and none of them ends with its parent: cargo would go on compiling into a
target folder that the next build uses.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from ..errors import Stopped

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handled() -> Iterator[None]:
    """In the block SIGINT and SIGTERM end the children, and then raise :class:`Stopped`; outside they do what they did.

    Where somebody else handles them, or outside the main thread, nothing changes.
    """
    received: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        received.append(number)
        end_children()
        raise Stopped

    before = {number: signal.getsignal(number) for number in _SIGNALS}
    ours = [number for number in _SIGNALS if before[number] in (signal.SIG_DFL, signal.default_int_handler)]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
        if signal.SIGTERM in received:
            os.kill(os.getpid(), signal.SIGTERM)  # whoever sent it sees that it was obeyed


def end_children() -> None:
    """End every process that this one has started, and theirs; not on Windows, where Ctrl-C reaches them all."""
    if sys.platform == "win32":
        return
    ended: set[int] = set()
    # Stopped first, so that none starts another between the look and the kill.
    while found := _descendants() - ended:
        ended |= found
        for process in found:
            with suppress(OSError):
                os.kill(process, signal.SIGSTOP)
    for process in ended:
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)


def _descendants() -> set[int]:
    parents = dict(_processes())
    found = {os.getpid()}
    grown = True
    while grown:
        children = {process for process, parent in parents.items() if parent in found} - found
        found |= children
        grown = bool(children)
    return found - {os.getpid()}


def _processes() -> Iterator[tuple[int, int]]:
    """Every process with its parent's number."""
    if sys.platform == "linux":
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(OSError, IndexError, ValueError):
                    # The name, in brackets, may hold anything (proc(5)).
                    yield (
                        int(entry.name),
                        int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1]),
                    )
        return
    asked = subprocess.Popen(["ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, text=True)
    said, _ = asked.communicate()
    for row in said.splitlines():
        process, parent = map(int, row.split())
        if process != asked.pid:
            yield process, parent
