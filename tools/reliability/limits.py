"""Gives a reader one input, and says whether it kept to the promise: one of our own errors or none, in time.

The time is that of the processor, so that a busy machine makes no failures; a reader that waits is seen by the clock.
"""

from __future__ import annotations

import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import pyo3_features_backend
from pyo3_features_backend.errors import BackendError

SECONDS = 2.0
CLOCK = 120.0
MEGABYTES = 200
_PACKAGE = str(Path(pyo3_features_backend.__file__).parent)


class Outcome(NamedTuple):
    """What one input led to. ``failure`` says what is wrong, such as "KeyError in facts/crates.py, _read"; empty if
    nothing is. ``detail`` is the traceback."""

    accepted: bool
    seconds: float
    megabytes: float
    failure: str = ""
    detail: str = ""


class _TooSlow(BaseException):
    """The time is up. Not an Exception, which a reader may catch."""


def _stop(number: int, _: FrameType | None) -> None:
    raise _TooSlow("waits" if number == signal.SIGALRM else "too slow")


@contextmanager
def _timers() -> Iterator[None]:
    before = [signal.signal(number, _stop) for number in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    signal.setitimer(signal.ITIMER_REAL, CLOCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in zip((signal.SIGPROF, signal.SIGALRM), before):
            signal.signal(number, handler)


def _peak() -> float:
    """The largest size of this process in megabytes, since :func:`_forget_peak` where that works."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _forget_peak() -> None:
    with suppress(OSError):  # Linux only (proc(5)); elsewhere a peak hides the lower ones after it
        Path("/proc/self/clear_refs").write_text("5")


def attempt(read: Callable[[bytes], None], data: bytes) -> Outcome:
    """Call ``read`` with one input."""
    _forget_peak()
    size, started = _peak(), time.process_time()
    failure, detail, accepted = "", "", False
    try:
        with _timers():
            read(data)
        accepted = True
    except BackendError as error:
        failure = _of_message(error)
    except _TooSlow as error:
        failure, detail = (
            f"{error} in {_place(error)}",
            "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-6)),
        )
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        failure = f"{type(error).__name__} in {_place(error)}"
        detail = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-6))
    seconds, more = time.process_time() - started, _peak() - size
    if not failure and seconds > SECONDS:
        failure = f"{seconds:.1f} s"
    if not failure and more > MEGABYTES:
        failure = f"{more:.0f} MB"
    return Outcome(accepted, seconds, more, failure, detail)


def _of_message(error: BackendError) -> str:
    """What is wrong with the message of an error of our own."""
    try:
        text = str(error)
        text.encode("utf-8", "backslashreplace")
    except Exception as broken:
        return f"the message of a {type(error).__name__} is a {type(broken).__name__}"
    return "" if error.message.strip() else f"a {type(error).__name__} without a message in {_place(error)}"


def _place(error: BaseException) -> str:
    """The innermost function of the backend in a traceback."""
    place = "the harness"
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(_PACKAGE):
            place = f"{Path(frame.filename).relative_to(_PACKAGE).as_posix()}, {frame.name}"
    return place


def minimised(read: Callable[[bytes], None], data: bytes, failure: str, seconds: float = 5.0) -> bytes:
    """The shortest part of ``data`` that was found to fail in the same way, within a few seconds."""
    until = time.monotonic() + seconds
    size = max(len(data) // 2, 1)
    while size and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + size :]
            if attempt(read, shorter).failure == failure:
                data = shorter
            else:
                at += size
        size //= 2
    return data
