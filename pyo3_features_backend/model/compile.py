"""The destination of a compile: where a delegate's call of cargo compiles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol


class BeforeCargo(Protocol):
    """See :class:`Destination`."""

    def __call__(self, environ: Mapping[str, str], added: Collection[str], *, changed: bool) -> None: ...


class Destination(NamedTuple):
    """Where one call of cargo compiles.

    ``env`` is added to cargo's environment. ``directory`` replaces the call's own ``--target-dir``, if it has one.
    A delegate whose setup.py can still change everything calls ``before_cargo`` just before it calls cargo, with the
    environment that cargo gets, the names of the variables that this backend added, and whether the arguments are other
    ones than those of the plan. It calls ``cargo_failed`` if the call fails. ``place`` is the folder of the place
    (:mod:`rebuild.place`); None if what is compiled is not kept.
    """

    env: dict[str, str]
    directory: Path | None = None
    before_cargo: BeforeCargo | None = None
    cargo_failed: Callable[[], None] | None = None
    place: Path | None = None
