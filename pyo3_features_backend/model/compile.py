"""Where a compile goes, as the delegates are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple


class Sent(NamedTuple):
    """Where one compile goes: variables for it, and the folder to put in place of its own ``--target-dir``.

    ``used`` is to be called with the environment that cargo gets, and the names of the variables that were added, where
    setup.py can still change it.
    """

    env: dict[str, str]
    directory: Path | None = None
    used: Callable[[Mapping[str, str], Collection[str]], None] = lambda *_: None
