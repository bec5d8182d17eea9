"""Temporary changes to the environment of this process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def changed(added: Mapping[str, str] | None = None) -> Iterator[None]:
    """Add variables for the block. Afterwards, restore the environment, whatever else has changed it."""
    before = dict(os.environ)
    os.environ.update(added or {})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
