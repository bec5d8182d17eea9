"""What a wheel is made of: its extensions and programs, each with a crate and a plan of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Place
from .arguments import Arguments
from .crate import Crate, Request
from .plan import Plan


class Extension(NamedTuple):
    """One extension of a wheel (``program`` for a program beside it), for which the delegate calls cargo once.

    ``name`` is the module's, empty where the delegate finds it out by itself. ``manifest`` is the Cargo.toml, ``shown``
    the same as the user wrote it, ``place`` where the extension is declared. ``arguments`` and ``table`` (the keys of
    [tool.maturin]; empty for setuptools-rust) decide the flags of cargo, ``requests`` are the cargo features that the
    project turns on, ``profile`` is cargo's for a wheel. ``env`` replaces the environment where it is not None,
    ``limited`` is its own py_limited_api. ``crate`` and ``plan`` are None until they are known, and for an optional
    extension that cannot be read.
    """

    name: str
    manifest: Path
    shown: str
    arguments: Arguments
    place: Place | None = None
    table: Mapping[str, Any] = {}
    requests: tuple[Request, ...] = ()
    profile: str = "release"
    env: Mapping[str, str] | None = None
    optional: bool = False
    program: bool = False
    limited: bool | None = None
    crate: Crate | None = None
    plan: Plan | None = None

    @property
    def features(self) -> list[str]:
        """The cargo features of a build: the project's own, then those of the plan."""
        own = [request.feature for request in self.requests]
        return list(dict.fromkeys([*own, *(self.plan.features if self.plan else ())]))
