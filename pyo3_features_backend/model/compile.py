"""The destination of a compile: where a delegate's call of cargo compiles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple


class Destination(NamedTuple):
    """Where one call of cargo compiles.

    ``env`` is added to cargo's environment. ``directory`` replaces the call's own ``--target-dir``, if it has one.
    A delegate whose setup.py can still change the environment and files calls ``before_cargo`` just before it calls
    cargo, with the environment that cargo gets and the names of the variables that this backend added. ``place`` is the
    folder of the place (:mod:`rebuild.place`); None if what is compiled is not kept.
    """

    env: dict[str, str]
    directory: Path | None = None
    before_cargo: Callable[[Mapping[str, str], Collection[str]], None] = lambda *_: None
    place: Path | None = None
