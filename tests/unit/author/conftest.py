"""What the tests of what a maintainer runs begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.checks import with_cache_keys
from support.gated_project import gated


@pytest.fixture
def hello(hello: Path) -> Path:
    """A project without a finding."""
    return with_cache_keys(hello)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of somebody else, to migrate."""
    return gated(tmp_path)
