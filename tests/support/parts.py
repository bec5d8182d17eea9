"""``--parts N``: of the cases of each test that compiles, a run has one of N parts."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from support.seed import part


def left_out(items: Iterable[pytest.Item], parts: int) -> set[pytest.Item]:
    """The cases that are not in today's part. Every test keeps one; those that choose by the day keep all."""
    tests: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("build") and not any(map(item.get_closest_marker, ("corpus", "chosen"))):
            tests.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return {case for cases in tests.values() for case in {*cases} - {*part(cases, min(parts, len(cases)))}}
