"""What the compiler says, kept while the user sees it, to say afterwards what a failed compile is about.

The delegates let cargo write to the stderr of this process, so nothing else sees it.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_KEPT = 2**20  # bytes; the errors are at the end
# By rustc 1.95 with PyO3 0.15 to 0.30: an item that a cfg leaves out, a trait that PyO3 does not implement for abi3, a
# function or a field of the C API that is not part of the limited one.
_LIMITED_API = re.compile(
    r"Py_LIMITED_API"
    r"|using the `abi3` feature|`abi3` feature enabled"
    r"|error\[E0432\]: unresolved imports? .*`(?:pyo3::buffer|pyo3(?:::|_)ffi::_?Py\w+)"
    r"|error\[E04\d\d\]: cannot find [\w, ]+ `_?Py\w+` in (?:module|crate) `(?:pyo3(?:::|_))?ffi`"
    r"|error\[E0609\]: no field `\w+` on type `(?:pyo3(?:::|_)ffi::)?_?Py\w+`"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Output:
    """The end of what was written to stderr."""

    def __init__(self) -> None:
        self.data = b""

    def add(self, data: bytes) -> None:
        """Add what was written."""
        self.data = (self.data + data)[-_KEPT:]

    @property
    def is_about_the_limited_api(self) -> bool:
        """Whether an error of the compiler says that something is not part of the limited API."""
        return bool(_LIMITED_API.search(_COLOUR.sub("", self.data.decode("utf-8", "replace"))))


@contextmanager
def kept() -> Iterator[Output]:
    """Keep what this process and its children write to stderr in the block; the user sees it at the same time.

    In a terminal they write to a terminal of its own, so that cargo's colours and its progress bar stay.
    """
    output = Output()
    sys.stderr.flush()
    try:
        before = os.dup(2)
    except OSError:  # the process has no stderr
        yield output
        return
    reading, writing = _pair(before)
    os.dup2(writing, 2)
    os.close(writing)
    # A daemon, because a compiler cache that the build starts may hold the other end for as long as it runs.
    thread = threading.Thread(target=_copy, args=(reading, before, output), daemon=True)
    thread.start()
    try:
        yield output
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os.dup2(before, 2)
        thread.join(2)
        if not thread.is_alive():
            os.close(before)


def _pair(stderr: int) -> tuple[int, int]:
    """(an end to read from, an end to write to): a terminal like ``stderr`` if that is one, else a pipe."""
    if os.isatty(stderr) and sys.platform != "win32":
        import fcntl
        import termios
        import tty

        with suppress(OSError):
            reading, writing = os.openpty()
            tty.setraw(writing)  # the real terminal turns a line feed into a new line
            fcntl.ioctl(writing, termios.TIOCSWINSZ, fcntl.ioctl(stderr, termios.TIOCGWINSZ, b"\0" * 8))
            return reading, writing
    return os.pipe()


def _copy(reading: int, stderr: int, output: Output) -> None:
    """Copy until nobody holds the other end any more."""
    with suppress(OSError):  # the end of a terminal is an error on Linux
        while data := os.read(reading, 65536):
            output.add(data)
            written = 0
            while written < len(data):
                written += os.write(stderr, data[written:])
    os.close(reading)
