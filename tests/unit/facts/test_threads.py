"""Threads that get no signal."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable
from threading import Thread

import pytest

from pyo3_features_backend.facts import threads

blocks = pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="not run: this system or Python cannot block signals"
)


def blocked() -> set[int]:
    """The signals that the calling thread does not get."""
    assert sys.platform != "win32"
    return {*signal.pthread_sigmask(signal.SIG_BLOCK, ())}


@blocks
def test_the_thread_gets_no_signal_that_ends_a_build_and_this_one_still_does() -> None:
    before, seen = blocked(), []
    thread = Thread(target=lambda: seen.append(blocked()))
    threads.start(thread)
    thread.join()
    assert seen == [before | {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}]
    assert blocked() == before


@blocks
def test_a_signal_that_arrives_then_does_not_leave_all_of_them_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sys.platform != "win32"
    before, block = blocked(), signal.pthread_sigmask

    def handled(how: int, numbers: Iterable[int]) -> set[int]:
        """As if a handler had run in the call, which Python does, and had raised."""
        answer = block(how, numbers)
        if how == signal.SIG_BLOCK and numbers:
            raise KeyboardInterrupt
        return {*answer}

    monkeypatch.setattr(signal, "pthread_sigmask", handled)
    with pytest.raises(KeyboardInterrupt):
        threads.start(Thread(target=print))
    assert {*block(signal.SIG_BLOCK, ())} == before


def test_a_python_that_cannot_block_signals_starts_it_as_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "pthread_sigmask", raising=False)
    ran: list[int] = []
    thread = Thread(target=lambda: ran.append(1))
    threads.start(thread)
    thread.join()
    assert ran == [1]
