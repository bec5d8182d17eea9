"""The environment of this process: temporary changes to it, and the user's home folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


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


def home() -> Path:
    """The user's home folder; in a container that has no user with this number, a path that does not exist."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111  # Path.home() raises an error then
