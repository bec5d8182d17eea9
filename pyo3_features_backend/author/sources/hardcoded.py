"""Where a project hard-codes what this backend decides: abi3, abi3t and extension-module.

Cargo.toml of each extension crate, its path dependencies and its workspace; pyproject.toml; setup.py and setup.cfg: all
as they are written, without cargo and without running setup.py. What a build has on is `Facts.crate.pyo3.on`.

    for one in find(root):
        print(one.place, one.kind, one.feature)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...decide import pyo3
from ...errors import Place
from ...facts import project as projects
from ...facts.project import FILE, Project
from ...facts.toml import line_of, line_of_value
from . import manifests as cargo_manifests
from . import setup_py
from .feature_graph import PACKAGES, FeatureGraph, kind_of
from .manifests import Manifest
from .setup_py import SetupPy

LIMITED_API = "py_limited_api"
Python = tuple[int, int]


class Hardcoded(NamedTuple):
    """One declaration.

    ``kind`` is "abi3", "abi3t" or "extension-module"; ``feature`` the word as it is written (``pyo3/abi3-py39``,
    ``abi3-py39`` in a dependency's list, ``cp39`` or ``true`` of py_limited_api).
    ``where`` is "dependency", "workspace-dependency", "crate-feature", "maturin", "setuptools-rust", "distutils"
    (tables of pyproject.toml), "setup.py" or "setup.cfg"; ``place`` its file and line.
    ``path`` leads to the list or value that holds it: ``("dependencies", "pyo3", "features")``; empty for setup.py.
    ``floor`` is the floor that it declares, if it does.
    ``on`` says whether a build has it without being asked: False for a crate's own feature that nothing turns on.
    ``through`` is empty where the word itself is PyO3's; else it names the crate's own features that lead there, as in
    ``default = ["extension-module"]``: those are uses, and what they use is in the list by itself.
    ``owner`` is the crate or extension that it belongs to; ``condition`` what a conditional entry of maturin's asks.
    """

    kind: str
    feature: str
    where: str
    place: Place
    path: tuple[str | int, ...]
    floor: Python | None = None
    on: bool = True
    through: tuple[str, ...] = ()
    owner: str = ""
    condition: tuple[tuple[str, str], ...] = ()

    @property
    def file(self) -> str:
        """The file, as it is named from the project's folder."""
        return self.place.file

    @property
    def line(self) -> int | None:
        """The line in it, if it is known."""
        return self.place.line

    @property
    def name(self) -> str:
        """PyO3's name of what is written, where that is a feature of PyO3's: ``abi3-py39`` of ``pyo3/abi3-py39``."""
        return self.feature.rpartition("/")[2]


def manifests(root: Path) -> list[Path]:
    """The Cargo.toml files of the project in ``root``, those that are no TOML among them."""
    starts = cargo_manifests.extension_manifests(projects.load(root), setup_py.load(root))
    return list(dict.fromkeys([*starts, *(one.path for one in readable(root))]))


def readable(root: Path) -> list[Manifest]:
    """The Cargo.toml files of the project in ``root`` that are TOML, for :func:`find` where others are not."""
    starts = cargo_manifests.extension_manifests(projects.load(root), setup_py.load(root))
    return cargo_manifests.read_all(root, starts, lenient=True)


def find(
    where: Path | Project, setup: SetupPy | None = None, written: Sequence[Manifest] | None = None
) -> list[Hardcoded]:
    """Everything that a project (or the one in a folder) hard-codes, file by file.

    ``setup`` is its setup.py and ``written`` its Cargo.toml files (:func:`manifests.read_all`), where the caller has
    read them already. Raises :class:`ProjectError` for a file that is not TOML or not Python.
    """
    project = where if isinstance(where, Project) else projects.load(where)
    setup = setup_py.load(project.root) if setup is None else setup
    starts = cargo_manifests.extension_manifests(project, setup)
    written = cargo_manifests.read_all(project.root, starts) if written is None else written
    extensions = [one for one in written if one.path in starts]
    crates = FeatureGraph(written)
    for one in extensions:
        for features, default, everything in _starts(project, setup, one):
            crates.start(one, features, default=default, everything=everything)
    found = [entry for one in written for entry in _in_manifest(crates, one)]
    found += _in_pyproject(project, crates, extensions)
    found += _in_setup_py(setup, crates, extensions)
    return found + list(_in_setup_cfg(project))


def _starts(project: Project, setup: SetupPy, crate: Manifest) -> list[tuple[list[str], bool, bool]]:
    """What each declared extension of a crate switches on: (features, default features, all of them)."""
    found: list[tuple[list[str], bool, bool]] = []
    for _, table in _setuptools_tables(project):
        if _same(project, table.get("path", cargo_manifests.NAME), crate):
            words = [str(word) for word in [*table.get("args", ()), *table.get("cargo-manifest-args", ())]]
            names = [str(name) for name in table.get("features", ())] + setup_py.features_of(words)
            found.append((names, "--no-default-features" not in words, "--all-features" in words))
    for one in setup.extensions:
        if one.path is not None and _same(project, one.path, crate):
            found.append((list(one.features), one.default, one.all))
    maturin = project.maturin
    if maturin or not found:
        names = [name for name, _ in _maturin_features(maturin)]
        found.append((names, not maturin.get("no-default-features"), bool(maturin.get("all-features"))))
    return found


def _same(project: Project, path: object, crate: Manifest) -> bool:
    return (project.root / str(path)).resolve() == crate.path.resolve()


def _maturin_features(table: Mapping[str, Any]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """``[tool.maturin] features`` as (name, condition)."""
    entries = table.get("features", ())
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry, ()
        elif isinstance(entry, dict) and isinstance(entry.get("feature"), str):
            yield entry["feature"], tuple((key, str(entry[key])) for key in sorted(entry) if key != "feature")


def _setuptools_tables(project: Project) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    for kind in ("ext-modules", "bins"):
        tables = project.tool("setuptools-rust").get(kind, ())
        for at, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, dict):
                yield ("tool", "setuptools-rust", kind, at), table


def _record(feature: str, word: str, where: str, place: Place, path: tuple[str | int, ...], **more: Any) -> Hardcoded:
    """``feature`` is PyO3's name, ``word`` what is written."""
    kind = kind_of(feature) or ""
    floor = pyo3.feature_floor(feature, kind) if kind != "extension-module" else None
    return Hardcoded(kind, word, where, place, path, floor, **more)


def _place(text: str, file: str, value: str, path: tuple[str | int, ...]) -> Place:
    return Place(file, line_of_value(text, value, *path) or line_of(text, *path))


def _in_manifest(crates: FeatureGraph, one: Manifest) -> Iterator[Hardcoded]:
    used = {
        dependency.key
        for dependencies in crates.dependencies.values()
        for dependency in dependencies
        if dependency.spec.get("workspace")
    }
    for dependency in crates.dependencies[one.path]:
        shared = dependency.section[0] == "workspace"
        for feature in map(str, dependency.spec.get("features", ())):
            place = _place(one.text, one.shown, feature, dependency.names)
            more = {"owner": one.name, "on": dependency.key in used if shared else one.path in crates.on}
            where = "workspace-dependency" if shared else "dependency"
            if dependency.package in PACKAGES and kind_of(feature):
                yield _record(feature, feature, where, place, dependency.names, **more)
            elif dependency.path in crates.known and dependency.package not in PACKAGES:
                yield from _uses(
                    crates, crates.known[dependency.path], feature, where, place, dependency.names, (), **more
                )
    for name, entries in one.features.items():
        path = ("features", name)
        on = name in crates.on.get(one.path, ())
        for entry in entries:
            place = _place(one.text, one.shown, entry, path)
            yield from _uses(crates, one, entry, "crate-feature", place, path, (), on=on, owner=one.name)


def _uses(
    crates: FeatureGraph,
    crate: Manifest,
    entry: str,
    where: str,
    place: Place,
    path: tuple[str | int, ...],
    condition: tuple[tuple[str, str], ...],
    **more: Any,
) -> Iterator[Hardcoded]:
    """The records of one entry of a feature list that is read in ``crate``'s names; one of each kind."""
    seen: dict[str, Hardcoded] = {}
    for feature, through in crates.leads_to(crate, entry):
        record = _record(feature, entry, where, place, path, through=through, condition=condition, **more)
        seen.setdefault(record.kind, record)
    yield from seen.values()


def _in_pyproject(project: Project, crates: FeatureGraph, extensions: Sequence[Manifest]) -> Iterator[Hardcoded]:
    path: tuple[str | int, ...] = ("tool", "maturin", "features")
    for name, condition in _maturin_features(project.maturin):
        for crate in extensions:
            place = _place(project.text, FILE, name, path)
            yield from _uses(crates, crate, name, "maturin", place, path, condition, owner=crate.name)
    # maturin 1 no longer reads cargo-extra-args, so what stands there is not on.
    words = shlex.split(str(project.maturin.get("cargo-extra-args", "")).replace("'", "").replace('"', ""))
    path = ("tool", "maturin", "cargo-extra-args")
    for name in setup_py.features_of(words):
        place = Place(FILE, line_of(project.text, *path))
        for crate in extensions:
            yield from _uses(crates, crate, name, "maturin", place, path, (), on=False, owner=crate.name)
    for start, table in _setuptools_tables(project):
        owner = str(table.get("target", ""))
        own = [one for one in extensions if _same(project, table.get("path", cargo_manifests.NAME), one)]
        for key in ("features", "args", "cargo-manifest-args"):
            words = [str(word) for word in table.get(key, ())]
            for name in words if key == "features" else setup_py.features_of(words):
                path = (*start, key)
                place = _place(project.text, FILE, name, path)
                for crate in own or extensions[:1]:
                    yield from _uses(crates, crate, name, "setuptools-rust", place, path, (), owner=owner)
        if table.get("py-limited-api") is True:
            path = (*start, "py-limited-api")
            place = Place(FILE, line_of(project.text, *path))
            yield Hardcoded("abi3", "true", "setuptools-rust", place, path, owner=owner)
    bdist = project.tool("distutils").get("bdist_wheel", {})
    for key in ("py-limited-api", LIMITED_API):
        if isinstance(bdist, dict) and bdist.get(key):
            path = ("tool", "distutils", "bdist_wheel", key)
            place = Place(FILE, line_of(project.text, *path))
            yield Hardcoded("abi3", str(bdist[key]), "distutils", place, path, _cp(str(bdist[key])))


def _in_setup_py(setup: SetupPy, crates: FeatureGraph, extensions: Sequence[Manifest]) -> Iterator[Hardcoded]:
    for literal in setup.literals:
        place = Place(setup_py.FILE, literal.line)
        if literal.what in ("feature", "argument"):
            seen: set[str] = set()
            for crate in extensions:
                for one in _uses(crates, crate, literal.value, "setup.py", place, (), (), owner=literal.extension):
                    if one.kind not in seen:
                        seen.add(one.kind)
                        yield one
        elif literal.what == "loose":
            feature = literal.value.rpartition("/")[2]
            yield _record(feature, literal.value, "setup.py", place, ())
        else:
            floor = _cp(literal.value)
            yield Hardcoded("abi3", literal.value or LIMITED_API, "setup.py", place, (), floor, owner=literal.extension)


def _in_setup_cfg(project: Project) -> Iterator[Hardcoded]:
    file = project.root / "setup.cfg"
    if not file.is_file():
        return
    text = file.read_text(encoding="utf-8", errors="replace")
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\[(.+?)\]", line):
            section = header[1]
        # An option starts its line; what is indented belongs to the one above (configparser).
        elif section == "bdist_wheel" and (found := re.match(r"(py[-_]limited[-_]api)\s*[=:]\s*([^\s#;]+)", line)):
            path = (section, found[1])
            yield Hardcoded("abi3", found[2], "setup.cfg", Place("setup.cfg", number), path, _cp(found[2]))


def _cp(value: str) -> Python | None:
    """``"cp39" -> (3, 9)``."""
    found = re.fullmatch(r"cp(3)(\d+)", value)
    return (int(found[1]), int(found[2])) if found else None
