"""Processes that others have started."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path


def runs(process: int) -> bool:
    """Whether there is such a process that has not ended; a zombie has."""
    words = ["ps", "-o", "stat=", "-p", str(process)]
    state = subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    return bool(state) and not state.startswith("Z")


def ends(process: int) -> bool:
    """Whether a process ends within some seconds."""
    until = time.monotonic() + 5
    while runs(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not runs(process)


def number_in(file: Path) -> int:
    """The number that another process writes into a file as a line, once it is there."""
    while not file.exists() or not file.read_text().endswith("\n"):
        time.sleep(0.02)
    return int(file.read_text())


def heeds_interrupts() -> None:
    """For ``preexec_fn``: a run of the tests in the background of a shell ignores SIGINT, and so would its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
