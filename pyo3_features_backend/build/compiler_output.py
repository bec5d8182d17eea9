"""Keeps the compiler's output, which the user sees at the same time, to tell later why a compile failed.

The delegates let cargo write to the stderr of this process, so nothing else sees it.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..facts import threads

_KEPT = 2**20  # bytes; the errors are at the end
_SILENCE = 0.5  # seconds
_ONE = threading.Lock()
# By rustc 1.95 with PyO3 0.15 to 0.30: an item that a cfg leaves out, a trait that PyO3 does not implement for abi3, a
# function or a field of the C API that is not part of the limited one.
_LIMITED_API = (  # compiled by the few builds that fail
    r"Py_LIMITED_API"
    r"|using the `abi3` feature|`abi3` feature enabled"
    r"|error\[E0432\]: unresolved imports? .*`(?:pyo3::buffer|pyo3(?:::|_)ffi::_?Py\w+)"
    r"|error\[E04\d\d\]: cannot find [\w, ]+ `_?Py\w+` in (?:module|crate) `(?:pyo3(?:::|_))?ffi`"
    r"|error\[E0609\]: no field `\w+` on type `(?:pyo3(?:::|_)ffi::)?_?Py\w+`"
)
# An error of rustc with its notes. With -v cargo shows commands, too, and they list every cfg there is.
_ERROR = r"^error(?:\[E\d+\])?: .+(?:\n.+)*"
_COLOUR = r"\x1b\[[0-9;]*[A-Za-z]"


class Output:
    """The end of what was written to stderr."""

    def __init__(self) -> None:
        self.data = b""

    def add(self, data: bytes) -> None:
        """Add what was written."""
        self.data = (self.data + data)[-_KEPT:]

    @property
    def is_about_the_limited_api(self) -> bool:
        """Whether a compiler error says that something is not part of the limited API."""
        text = re.sub(_COLOUR, "", self.data.decode("utf-8", "replace")).replace("\r\n", "\n")
        return any(re.search(_LIMITED_API, error[0]) for error in re.finditer(_ERROR, text, re.MULTILINE))


class _Copy:
    """A thread that copies from ``reading`` to ``stderr`` until the other end is closed.

    Both descriptors are the thread's own; it closes them.
    """

    def __init__(self, reading: int, stderr: int, output: Output) -> None:
        self.reading, self.stderr, self.output = reading, stderr, output
        self.count, self.writing = 0, False
        # A daemon, because a compiler cache that the build starts may hold the other end for as long as it runs.
        self.thread = threading.Thread(target=self._run, daemon=True)
        threads.start(self.thread)

    def finish(self) -> None:
        """Wait until everything is copied, however slow the user's end is, but do not wait for a daemon."""
        last = self.count + _KEPT  # more than a pipe holds: the rest was written later
        seen = -1
        while self.thread.is_alive() and self.count < last and (self.writing or self.count != seen):
            seen = self.count
            self.thread.join(_SILENCE)

    def _run(self) -> None:
        try:
            with suppress(OSError):  # the end of a terminal is an error on Linux
                while data := os.read(self.reading, 65536):
                    self.writing = True
                    self.count += len(data)
                    self.output.add(data)
                    self._write(data)
                    self.writing = False
                    _copy_size(self.stderr, self.reading)
        finally:
            os.close(self.reading)
            os.close(self.stderr)

    def _write(self, data: bytes) -> None:
        """Write what can be written. A closed user's end does not stop the compiler, but to stop reading would."""
        while data:
            try:
                data = data[os.write(self.stderr, data) :]
            except BlockingIOError:  # somebody has made it non-blocking, and it is full
                time.sleep(0.01)
            except OSError:  # it is closed, or its disk is full
                return


@contextmanager
def kept() -> Iterator[Output]:
    """In the block, keep what this process and its children write to stderr; the user still sees it.

    If stderr is a terminal, they get a new terminal, so that cargo's colours and its progress bar stay. Nothing is
    kept if the process has no stderr, no free descriptor, or another thread that keeps it.
    """
    output = Output()
    if not _ONE.acquire(blocking=False):  # stderr is the whole process's
        yield output
        return
    try:
        with _replaced(output):
            yield output
    finally:
        _ONE.release()


@contextmanager
def _replaced(output: Output) -> Iterator[None]:
    _flush()
    held: list[int] = []
    try:
        held.append(os.dup(2))
        held.append(os.dup(2))
        held += _pair(held[0])
    except OSError:
        for descriptor in held:
            os.close(descriptor)
        yield
        return
    before, stderr, reading, writing = held
    copy = _Copy(reading, stderr, output)
    try:
        os.dup2(writing, 2)
        os.close(writing)
        yield
    finally:
        _flush()
        os.dup2(before, 2)
        os.close(before)
        copy.finish()


def _flush() -> None:
    with suppress(OSError, ValueError, AttributeError):  # closed, or None
        sys.stderr.flush()


def _pair(stderr: int) -> tuple[int, int]:
    """(an end to read from, an end to write to): a terminal like ``stderr`` if that is one, else a pipe."""
    if os.isatty(stderr) and sys.platform != "win32":
        import termios
        import tty

        with suppress(OSError):
            reading, writing = os.openpty()
            try:
                tty.setraw(writing)  # the real terminal turns a line feed into a new line
                _copy_size(stderr, reading)
                return reading, writing
            except termios.error:
                os.close(reading)
                os.close(writing)
    return os.pipe()


def _copy_size(stderr: int, terminal: int) -> None:
    """Give ``terminal``, if it is one, the size of the user's, which may change while cargo draws its progress bar."""
    if sys.platform != "win32" and os.isatty(terminal):
        import fcntl
        import termios

        with suppress(OSError):  # the other is none
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, fcntl.ioctl(stderr, termios.TIOCGWINSZ, b"\0" * 8))
