"""An extension crate, and the PyO3 that it depends on, as cargo resolves them."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import Place
from .graph import Graph

NAMES = ("pyo3", "pyo3-ffi")


class Request(NamedTuple):
    """A feature that a manifest, a setting or an argument turns on.

    ``place`` is where it is written. ``by`` says in words who turns it on, such as "the dependency of demo".
    """

    feature: str
    place: Place
    by: str


class PyO3(NamedTuple):
    """The PyO3 that a crate depends on.

    ``crate`` is "pyo3" or "pyo3-ffi". ``key`` is the prefix of its features on cargo's command line (``py`` for a
    renamed dependency, ``py?`` for an optional one). ``direct`` is False if only another crate depends on it.
    ``version`` is the resolved version, ``known`` the features that this version has, ``on`` the features of pyo3 and
    pyo3-ffi that the build turns on, and ``requests`` says what turns them on. ``rust_version`` is the oldest rustc
    that PyO3 supports. ``place`` is where the crate declares the dependency.
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


class Modules(NamedTuple):
    """What the sources of a crate show to be wrong with its extension module.

    ``wanted`` is the name by which Python imports it, and ``place`` is where that is declared. ``found`` are the
    modules that the sources define instead, with their places. ``uses`` is where the sources of a crate use PyO3 that
    does not depend on it.
    """

    wanted: str
    place: Place
    found: tuple[tuple[str, Place], ...] = ()
    uses: Place | None = None


class Crate(NamedTuple):
    """The extension crate. ``library`` is False for a crate that has only ``bin`` targets.

    ``manifest`` is its Cargo.toml as messages show it, ``features`` are its own cargo features, and ``module`` is the
    name of its library. ``rust_versions`` lists the rustc versions that its dependencies need, as (version, package).
    ``inventory`` is the resolved version of the crate of that name, which PyO3's multiple-pymethods needs. ``promised``
    lists the floors that py_limited_api, or a conditional feature for other Pythons, promises. ``graph`` and
    ``packages``, a set of (name, version), are what a build of the crate compiles. ``modules`` says what is wrong with
    its extension module; None if nothing is known.
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
    modules: Modules | None = None
