"""Which of the crates' own features lead to PyO3's abi3 and extension-module, and which are on, as the files say it.

The Cargo book, "Features": an entry is a feature of the crate, ``dep:name``, ``name/feature`` or ``name?/feature``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ...model.crate import NAMES
from ...model.words import Word
from . import manifests
from .manifests import Dependency, Manifest

# pyo3-build-config once had abi3 features itself, which decide for pyo3 too.
PACKAGES = (*NAMES, "pyo3-build-config")
_KIND = re.compile(r"(?P<abi>abi3t?)(-py\d+)?|extension-module")


class FeatureKind(Word):
    """What a feature of PyO3 that the backend decides is about."""

    ABI3 = "abi3"
    ABI3T = "abi3t"
    EXTENSION_MODULE = "extension-module"


def kind_of(feature: str) -> FeatureKind | None:
    """What a PyO3 feature (without ``pyo3/``) is about; None for one that the backend does not decide."""
    match = _KIND.fullmatch(feature)
    return FeatureKind(match["abi"] or feature) if match else None


def closure(features: Mapping[str, Sequence[str]], start: str) -> set[str]:
    """``start`` and all that it turns on by the [features] table ``features``."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += features.get(name, ())
    return seen


def off_by_default(features: Mapping[str, Sequence[str]]) -> list[str]:
    """The names in a crate's [features] table that its ``default`` does not turn on."""
    on = closure(features, "default")
    return [name for name in features if name not in on]


class FeatureGraph:
    """The features of the crates ``written``. ``on`` contains those that a build turns on, by Cargo.toml."""

    def __init__(self, written: Sequence[Manifest]) -> None:
        self.known = {manifest.path: manifest for manifest in written}
        self.dependencies = {manifest.path: list(manifests.dependencies(manifest)) for manifest in written}
        self.on: dict[Path, set[str]] = {}

    def dependency(self, crate: Manifest, key: str) -> Dependency | None:
        """The dependency that the part of a feature before the slash names."""
        own = [dependency for dependency in self.dependencies[crate.path] if dependency.section[0] != "workspace"]
        return next((dependency for dependency in own if dependency.key == key.rstrip("?")), None)

    def leads_to(
        self, crate: Manifest, entry: str, seen: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The PyO3 features with a :class:`FeatureKind` that ``entry`` of a feature list turns on, and through which
        features of crates."""
        key, slash, feature = entry.partition("/")
        if slash:
            dependency = self.dependency(crate, key)
            if dependency and dependency.package in PACKAGES and kind_of(feature):
                yield feature, seen
            elif dependency and dependency.path in self.known and entry not in seen:
                yield from self.leads_to(self.known[dependency.path], feature, (*seen, entry))
        elif entry in crate.features and entry not in seen:
            for below in crate.features[entry]:
                yield from self.leads_to(crate, below, (*seen, entry))

    def start(self, crate: Manifest, features: Iterable[str], *, default: bool, everything: bool) -> None:
        """Turn on what a build of an extension crate turns on."""
        self._visit(crate)
        for feature in [*features, *(["default"] if default else []), *(crate.features if everything else ())]:
            self._switch(crate, feature)

    def _visit(self, crate: Manifest) -> None:
        if crate.path in self.on:
            return
        self.on[crate.path] = set()
        for dependency in self.dependencies[crate.path]:
            if dependency.section[0] != "workspace" and dependency.path in self.known:
                below = self.known[dependency.path]
                self._visit(below)
                for feature in [*dependency.features, *(["default"] if dependency.default else [])]:
                    self._switch(below, feature)

    def _switch(self, crate: Manifest, entry: str) -> None:
        key, slash, feature = entry.partition("/")
        if slash:
            dependency = self.dependency(crate, key)
            if dependency and dependency.path in self.known:
                self._visit(self.known[dependency.path])
                self._switch(self.known[dependency.path], feature)
        elif entry not in self.on[crate.path]:
            self.on[crate.path].add(entry)
            for below in crate.features.get(entry, ()):
                self._switch(crate, below)
