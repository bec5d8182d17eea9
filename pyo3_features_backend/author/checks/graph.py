"""Problems of the crate graph: versions of PyO3 and of pyo3-build-config, the lock file, and features that a newer PyO3
does not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ...build.gather import Facts
from ...decide import pyo3
from ...decide.abi import setting_floor
from ...decide.features import FEATURES
from ...delegates.setuptools_rust import requires_place
from ...errors import BackendError, Place
from ...facts.crates import SeveralVersions
from ...facts.toml import line_of
from ...facts.toolchain import Question
from ...model.crate import Crate
from ...model.problem import Problem
from ...model.version import python_text, version_tuple
from ..sources.paths import shown
from .codes import finding
from .manifests import ManifestText

_UNKNOWN = re.compile(r"depends on `(pyo3(?:-ffi)?)`,? with features? `([^`]+)` but `[^`]+` does not have")
_IMPORT_LIB, _RAW_DYLIB = "generate-import-lib", (0, 29)
_LOCKED = "--locked was passed"
_RENEW = "run `cargo update --workspace` and commit Cargo.lock"
_RESOLVED = re.compile(r"^versions that meet the requirements .*? are: (.+)$", re.MULTILINE)


def unread(error: BackendError, manifests: Sequence[ManifestText]) -> Problem:
    """The problem for a graph, or another part of the plan, that could not be read."""
    hint = error.hint or "fix what cargo reports above"
    if isinstance(error, SeveralVersions):
        return finding("PFB250", error.message, error.place, hint)
    if unknown := _UNKNOWN.search(error.message):
        crate, feature = unknown.group(1), unknown.group(2).split(",")[0].strip()
        versions = _RESOLVED.search(error.message)
        newest = versions.group(1).split(",")[0] if versions else ""
        first, last = FEATURES.get(feature, (None, None))
        gone = f"PyO3 {last} was the last release with it; " if last else ""
        gone = gone or (f"PyO3 {first} is the first with it; " if first else "")
        return finding(
            "PFB255",
            f"{f'{crate} {newest}'.strip()} has no feature {feature!r}",
            next(_written(manifests, feature), Place("Cargo.toml")),
            gone + "remove it, or use a PyO3 release that has it",
        )
    if _LOCKED in error.message:
        message = "Cargo.lock is not up to date with Cargo.toml, and the build must not change it (locked or frozen)"
        return finding("PFB254", message, Place("Cargo.lock"), _RENEW)
    return finding("PFB220", error.message, error.place, hint)


def _written(manifests: Iterable[ManifestText], feature: str) -> Iterator[Place]:
    """The lines of Cargo.toml files that name a feature of PyO3."""
    literal = re.compile(rf"""["'](?:[\w-]+\??/)?{re.escape(feature)}["']""")
    for manifest in manifests:
        for number, line in enumerate(manifest.text.splitlines(), 1):
            if literal.search(line):
                yield Place(manifest.shown, number)


def _locks(facts: Facts) -> Iterator[Problem]:
    """The problems of the lock file of each workspace that the crates belong to."""
    root, table = facts.project.root, facts.project.maturin
    for graph in {crate.graph.workspace: crate.graph for crate in facts.crates if crate and crate.graph}.values():
        lock = graph.workspace / "Cargo.lock"
        if not lock.is_file():
            yield finding(
                "PFB252",
                "there is no Cargo.lock: each build uses the newest dependencies at that time, PyO3 included",
                Place(shown(root, lock)),
                "run `cargo generate-lockfile`, commit the file, and include it in the sdist",
            )
            continue
        command = ["cargo", "metadata", "--format-version", "1", "--locked", "--manifest-path", str(graph.manifest)]
        config = [word for value in table.get("config", ()) for word in ("--config", str(value))]
        status, _, stderr = Question([*command, *config], root).answer()
        if status and _LOCKED in stderr:
            message = (
                "Cargo.lock is not up to date with Cargo.toml: each build changes it, and builds with --locked fail"
            )
            yield finding("PFB253", message, Place(shown(root, lock)), _RENEW)


def check(facts: Facts, manifests: Sequence[ManifestText]) -> Iterator[Problem]:
    """The problems of the crates of a project that was read."""
    yield from _locks(facts)
    for crate in facts.crates:
        if crate and crate.pyo3:
            yield from _build_config(crate, crate.pyo3.version, manifests)
    yield from _dropped(facts, manifests)
    yield from _import_lib(facts, manifests)


def _import_lib(facts: Facts, manifests: Sequence[ManifestText]) -> Iterator[Problem]:
    """generate-import-lib, which turns nothing on since PyO3 0.29 (its migration guide, and pyo3-build-config)."""
    for crate in facts.crates:
        if crate and crate.pyo3 and version_tuple(crate.pyo3.version) >= _RAW_DYLIB and _IMPORT_LIB in crate.pyo3.on:
            yield finding(
                "PFB257",
                f"{_IMPORT_LIB} does nothing in PyO3 {crate.pyo3.version}: since 0.29 no import library is needed",
                next(_written(manifests, _IMPORT_LIB), crate.pyo3.place),
                "remove the feature",
            )


def _build_config(crate: Crate, version: str, manifests: Sequence[ManifestText]) -> Iterator[Problem]:
    """A second pyo3-build-config next to that of PyO3: it reads the interpreter by the rules of another release."""
    for name, other in sorted(crate.packages):
        if name == "pyo3-build-config" and other != version:
            # The crate's own Cargo.toml, else that of a crate that it depends on.
            places = [
                Place(manifest.shown, line)
                for manifest in sorted(manifests, key=lambda manifest: manifest.shown != crate.manifest)
                if name in manifest.text and (line := line_of(manifest.text, "build-dependencies", name))
            ]
            yield finding(
                "PFB251",
                f"crate {crate.name} has pyo3-build-config {other} next to PyO3 {version}",
                next(iter(places), Place(crate.manifest)),
                f'write pyo3-build-config = "{_series(version)}"; `cargo tree -i pyo3-build-config@{other}` shows what '
                "depends on it",
            )


def _series(version: str) -> str:
    return ".".join(map(str, version_tuple(version)[:2]))


def _dropped(facts: Facts, manifests: Sequence[ManifestText]) -> Iterator[Problem]:
    """Features that the resolved PyO3 has and a later one does not: in a manifest, or in the plan."""
    history = FEATURES
    for crate in facts.crates:
        if not (crate and crate.pyo3):
            continue
        asked = [feature.split("/")[-1] for feature in facts.plan.features]
        for name in sorted(crate.pyo3.known):
            last = history.get(name, ("", None))[1]
            later = _first_without(last) if last else None
            if last is None or later is None:
                continue
            places = [request.place for request in crate.pyo3.requests if request.feature == name]
            places = [place for place in places if not Path(place.file).is_absolute()] or list(
                _written(manifests, name)
            )
            if not places and name in asked:
                floor = pyo3.feature_floor(name)
                text = python_text(floor) if floor else name
                yield finding(
                    "PFB256",
                    f"PyO3 {_series(last)} is the last with the floor {text} ({facts.plan.reason}): "
                    f"{later} has no {name}",
                    _source(facts),
                    f"before moving to PyO3 {later}, drop Python {text}",
                )
            elif places:
                yield finding(
                    "PFB256",
                    f"PyO3 {crate.pyo3.version} has the feature {name}, but PyO3 {later} does not",
                    places[0],
                    f"remove it before moving to PyO3 {later}",
                )


def _source(facts: Facts) -> Place:
    """The place that the floor of the plan comes from, if not from a manifest."""
    given = facts.settings.sources.get("abi3")
    return given[1] if given and setting_floor(facts.settings.abi3) else requires_place(facts.project)


def _first_without(last: str) -> str | None:
    """The first known minor release after ``last``; None if that is the newest."""
    after = [release.series for release in pyo3.releases() if version_tuple(release.series) > version_tuple(last)[:2]]
    return after[0] if after else None
