"""Which times of files cannot be trusted after a compile at import."""

from __future__ import annotations

from pyo3_features_backend.rebuild.on_import import check, compile


def test_a_time_in_whole_seconds_may_be_up_to_two_seconds_off() -> None:
    second = 1_000_000_000
    assert compile.settled({"a": [1, 7 * second, 0, 0]}, 8 * second) == {"a": check.RACY}
    assert compile.settled({"a": [1, 7 * second + 1, 0, 0]}, 8 * second) == {"a": [1, 7 * second + 1, 0, 0]}
