"""An extension crate and its PyO3, as cargo resolves them."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Place
from .graph import Graph

NAMES = ("pyo3", "pyo3-ffi")


class Request(NamedTuple):
    """A PyO3 feature that somebody turns on: where it is written, and by whom, in words."""

    feature: str
    place: Place
    by: str


class PyO3(NamedTuple):
    """The PyO3 of a crate.

    ``crate`` is pyo3 or pyo3-ffi; ``key`` spells its features on a command line (``py`` for a renamed dependency,
    ``py?`` for an optional one); ``known`` are the features that the resolved version has, ``on`` those that a build
    turns on (of pyo3 and pyo3-ffi), ``requests`` who did.
    """

    crate: str
    key: str
    direct: bool
    version: str
    known: frozenset[str]
    on: frozenset[str]
    rust_version: str | None
    place: Place
    requests: tuple[Request, ...] = ()


class Crate(NamedTuple):
    """The extension crate. ``library`` is False for one with only ``bin`` targets.

    ``module`` is its library's name, ``rust_versions`` what its dependencies ask of rustc, as (version, package),
    ``inventory`` the resolved version of that crate (PyO3's multiple-pymethods needs it), ``triple`` an explicit
    target triple. ``graph`` is what a build of it compiles, ``packages`` the same by (name, version).
    """

    name: str
    manifest: str
    library: bool
    features: frozenset[str]
    pyo3: PyO3 | None
    module: str = ""
    rust_versions: tuple[tuple[str, str], ...] = ()
    inventory: str | None = None
    promised: tuple[Request, ...] = ()
    graph: Graph | None = None
    packages: frozenset[tuple[str, str]] = frozenset()
