"""The extensions and programs of a wheel, each with its own crate and plan."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Place
from .arguments import Arguments
from .crate import Crate, Request
from .plan import Plan


class Extension(NamedTuple):
    """One extension of a wheel, or one program if ``program`` is True. The delegate calls cargo once for it.

    ``name`` is the dotted module name; it is empty if the delegate finds the name itself. ``manifest`` is the path of
    the Cargo.toml, ``shown`` the same path as the user wrote it, and ``place`` is where the extension is declared.
    ``arguments`` and ``table`` (the keys of [tool.maturin]; empty for setuptools-rust) give the flags for cargo.
    ``requests`` lists the cargo features that the project turns on, and ``profile`` is cargo's profile for a wheel.
    ``env``, if not None, replaces the environment. A failure to build an ``optional`` extension does not stop the
    build. ``limited`` is the extension's own py_limited_api. ``packs_out_dir`` says that the wheel gets files which its
    build script writes. ``crate`` and ``plan`` are None until they are known, and stay None for an optional extension
    whose crate cannot be read.
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
    packs_out_dir: bool = False
    crate: Crate | None = None
    plan: Plan | None = None

    @property
    def features(self) -> list[str]:
        """The cargo features of the build: first the project's own, then those of the plan."""
        own = [request.feature for request in self.requests]
        return list(dict.fromkeys([*own, *(self.plan.features if self.plan else ())]))

    @property
    def features_and_arguments(self) -> str:
        """A text that is another one for other features or arguments; the same in every process."""
        # A set has another order in each process; ``rest`` has the flags, too.
        return repr((self.features, self.arguments._replace(flags=frozenset())))
