"""Pseudo-terminals."""

from __future__ import annotations

import os
from contextlib import suppress


def rest(terminal: int) -> bytes:
    """What a terminal shows until the programs in it have ended; it is closed then."""
    shown = b""
    with suppress(OSError):  # EIO: Linux's word for the end of it
        while block := os.read(terminal, 4096):
            shown += block
    os.close(terminal)
    return shown
