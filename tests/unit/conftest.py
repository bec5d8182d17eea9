"""What the tests of several folders begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.examples import example


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return example("hello", tmp_path)
