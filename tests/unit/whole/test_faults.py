"""Faults while a hook runs. `tox -e reliability` tries more of them, with real compiles."""

from __future__ import annotations

import random
import signal
import sys
from pathlib import Path

import pytest

from support.bad_inputs import HOOKS
from support.faults import PLACES, interrupted
from support.seed import SEED

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="mounts, and looks into /proc")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_that_is_stopped_leaves_no_part_of_a_result(tmp_path: Path, hook: str, number: signal.Signals) -> None:
    interrupted(tmp_path, hook, number, random.Random(f"{SEED} {hook} {number}"))


@pytest.mark.parametrize("name", PLACES)
def test_a_hook_works_or_says_in_one_message_why_not(tmp_path: Path, name: str) -> None:
    if PLACES[name](tmp_path) is None:
        pytest.skip("not run: nothing can be mounted here")
