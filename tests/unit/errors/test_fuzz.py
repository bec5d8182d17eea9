"""A bounded part of the fuzzing: `python tools/fuzz.py` does more, and writes its figures into docs/reliability.md."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.fuzz import TARGETS, read


@pytest.mark.parametrize("name", TARGETS)
def test_only_our_own_errors_come_of_any_input(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:

        @settings(max_examples=150, deadline=2000, database=None, suppress_health_check=list(HealthCheck))
        @given(st.data())
        def each(data: Any) -> None:
            read(name, Path(folder), data.draw(TARGETS[name].inputs))

        each()
