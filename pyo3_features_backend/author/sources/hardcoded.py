"""Where a project hard-codes what this backend decides: abi3, abi3t and extension-module.

It reads the Cargo.toml of each extension crate, of its path dependencies and of its workspace, pyproject.toml, setup.py
and setup.cfg: all as they are written, without cargo and without running setup.py. `Facts.crate.pyo3.on` has the
features that a build turns on.

    for declaration in find(root):
        print(declaration.place, declaration.kind, declaration.feature)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import Place
from ...facts import project as projects
from ...facts.project import FILE, Project
from ...facts.toml import line_of, line_of_value
from ...model.version import Python
from . import manifests as cargo_manifests
from . import setup_py
from .declaration import Condition, Entry, Hardcoded, KeyPath, Origin
from .feature_graph import PACKAGES, FeatureGraph, kind_of
from .manifests import Manifest
from .setup_py import LiteralKind, SetupPy

__all__ = ["LIMITED_API", "Hardcoded", "Origin", "find", "manifests", "readable"]

LIMITED_API = "py_limited_api"


def manifests(root: Path) -> list[Path]:
    """The Cargo.toml files of the project in ``root``, including those that are not valid TOML."""
    starts = cargo_manifests.extension_manifests(projects.load(root), setup_py.load(root))
    return list(dict.fromkeys([*starts, *(manifest.path for manifest in readable(root))]))


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
    extensions = [manifest for manifest in written if manifest.path in starts]
    graph = FeatureGraph(written)
    for manifest in extensions:
        for features, default, everything in _enabled(project, setup, manifest):
            graph.start(manifest, features, default=default, everything=everything)
    declarations = [declaration for manifest in written for declaration in _in_manifest(graph, manifest)]
    declarations += _in_maturin(project, graph, extensions)
    declarations += _in_setuptools_rust(project, graph, extensions)
    declarations += _in_distutils(project)
    declarations += _in_setup_py(setup, graph, extensions)
    return declarations + list(_in_setup_cfg(project))


def _enabled(project: Project, setup: SetupPy, crate: Manifest) -> list[tuple[list[str], bool, bool]]:
    """What each declared extension of a crate enables: (features, default features, all of them)."""
    enabled: list[tuple[list[str], bool, bool]] = []
    for _, table in _setuptools_tables(project):
        if _is_manifest(project, table.get("path", cargo_manifests.NAME), crate):
            words = [str(word) for word in [*table.get("args", ()), *table.get("cargo-manifest-args", ())]]
            names = [str(name) for name in table.get("features", ())] + setup_py.features_of(words)
            enabled.append((names, "--no-default-features" not in words, "--all-features" in words))
    for extension in setup.extensions:
        if extension.path is not None and _is_manifest(project, extension.path, crate):
            enabled.append((list(extension.features), extension.default, extension.all))
    maturin = project.maturin
    if maturin or not enabled:
        names = [name for name, _ in _maturin_features(maturin)]
        enabled.append((names, not maturin.get("no-default-features"), bool(maturin.get("all-features"))))
    return enabled


def _is_manifest(project: Project, path: object, crate: Manifest) -> bool:
    return (project.root / str(path)).resolve() == crate.path.resolve()


def _maturin_features(table: Mapping[str, Any]) -> Iterator[tuple[str, Condition]]:
    """``[tool.maturin] features`` as (name, condition)."""
    entries = table.get("features", ())
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str):
            yield entry, ()
        elif isinstance(entry, dict) and isinstance(entry.get("feature"), str):
            yield entry["feature"], tuple((key, str(entry[key])) for key in sorted(entry) if key != "feature")


def _setuptools_tables(project: Project) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    for kind in ("ext-modules", "bins"):
        tables = project.tool("setuptools-rust").get(kind, ())
        for number, table in enumerate(tables if isinstance(tables, list) else ()):
            if isinstance(table, dict):
                yield ("tool", "setuptools-rust", kind, number), table


def _place(text: str, file: str, value: str, path: KeyPath) -> Place:
    return Place(file, line_of_value(text, value, *path) or line_of(text, *path))


def _in_manifest(graph: FeatureGraph, manifest: Manifest) -> Iterator[Hardcoded]:
    inherited = {
        dependency.key
        for dependencies in graph.dependencies.values()
        for dependency in dependencies
        if dependency.spec.get("workspace")
    }
    for dependency in graph.dependencies[manifest.path]:
        shared = dependency.section[0] == "workspace"
        for feature in map(str, cargo_manifests.entries(dependency.spec, "features")):
            entry = Entry(
                feature=feature,
                where=Origin.WORKSPACE_DEPENDENCY if shared else Origin.DEPENDENCY,
                place=_place(manifest.text, manifest.shown, feature, dependency.names),
                path=dependency.names,
                on=dependency.key in inherited if shared else manifest.path in graph.on,
                owner=manifest.name,
            )
            if dependency.package in PACKAGES and kind_of(feature):
                yield entry.declares(feature)
            elif dependency.path in graph.known and dependency.package not in PACKAGES:
                yield from _declared(graph, graph.known[dependency.path], entry)
    for name, features in manifest.features.items():
        path = ("features", name)
        on = name in graph.on.get(manifest.path, ())
        for feature in features:
            entry = Entry(
                feature=feature,
                where=Origin.CRATE_FEATURE,
                place=_place(manifest.text, manifest.shown, feature, path),
                path=path,
                on=on,
                owner=manifest.name,
            )
            yield from _declared(graph, manifest, entry)


def _declared(graph: FeatureGraph, crate: Manifest, entry: Entry) -> Iterator[Hardcoded]:
    """The declarations of an entry whose features are those of ``crate``; one of each kind."""
    seen: dict[str, Hardcoded] = {}
    for feature, through in graph.leads_to(crate, entry.feature):
        declaration = entry.declares(feature, through)
        seen.setdefault(declaration.kind, declaration)
    yield from seen.values()


def _in_maturin(project: Project, graph: FeatureGraph, extensions: Sequence[Manifest]) -> Iterator[Hardcoded]:
    path: KeyPath = ("tool", "maturin", "features")
    for name, condition in _maturin_features(project.maturin):
        place = _place(project.text, FILE, name, path)
        entry = Entry(feature=name, where=Origin.MATURIN, place=place, path=path, condition=condition)
        for crate in extensions:
            yield from _declared(graph, crate, entry._replace(owner=crate.name))
    # maturin 1 no longer reads cargo-extra-args, so its features are not on.
    words = shlex.split(str(project.maturin.get("cargo-extra-args", "")).replace("'", "").replace('"', ""))
    path = ("tool", "maturin", "cargo-extra-args")
    for name in setup_py.features_of(words):
        place = Place(FILE, line_of(project.text, *path))
        entry = Entry(feature=name, where=Origin.MATURIN, place=place, path=path, on=False)
        for crate in extensions:
            yield from _declared(graph, crate, entry._replace(owner=crate.name))


def _in_setuptools_rust(project: Project, graph: FeatureGraph, extensions: Sequence[Manifest]) -> Iterator[Hardcoded]:
    for start, table in _setuptools_tables(project):
        owner = str(table.get("target", ""))
        crates = [
            manifest
            for manifest in extensions
            if _is_manifest(project, table.get("path", cargo_manifests.NAME), manifest)
        ]
        for key in ("features", "args", "cargo-manifest-args"):
            words = [str(word) for word in table.get(key, ())]
            for name in words if key == "features" else setup_py.features_of(words):
                path = (*start, key)
                place = _place(project.text, FILE, name, path)
                entry = Entry(feature=name, where=Origin.SETUPTOOLS_RUST, place=place, path=path, owner=owner)
                for crate in crates or extensions[:1]:
                    yield from _declared(graph, crate, entry)
        if table.get("py-limited-api") is True:
            path = (*start, "py-limited-api")
            place = Place(FILE, line_of(project.text, *path))
            entry = Entry(feature="true", where=Origin.SETUPTOOLS_RUST, place=place, path=path, owner=owner)
            yield entry.limits_the_api()


def _in_distutils(project: Project) -> Iterator[Hardcoded]:
    table = project.tool("distutils").get("bdist_wheel", {})
    for key in ("py-limited-api", LIMITED_API):
        if isinstance(table, dict) and table.get(key):
            path = ("tool", "distutils", "bdist_wheel", key)
            place = Place(FILE, line_of(project.text, *path))
            value = str(table[key])
            yield Entry(feature=value, where=Origin.DISTUTILS, place=place, path=path).limits_the_api(_floor(value))


def _in_setup_py(setup: SetupPy, graph: FeatureGraph, extensions: Sequence[Manifest]) -> Iterator[Hardcoded]:
    for literal in setup.literals:
        place = Place(setup_py.FILE, literal.line)
        entry = Entry(feature=literal.value, where=Origin.SETUP_PY, place=place, path=(), owner=literal.extension)
        if literal.what in (LiteralKind.FEATURE, LiteralKind.ARGUMENT):
            seen: set[str] = set()
            for crate in extensions:
                for declaration in _declared(graph, crate, entry):
                    if declaration.kind not in seen:
                        seen.add(declaration.kind)
                        yield declaration
        elif literal.what == LiteralKind.OTHER:
            yield entry.declares(literal.value.rpartition("/")[2])
        else:
            entry = entry._replace(feature=literal.value or LIMITED_API)
            yield entry.limits_the_api(_floor(literal.value))


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
        elif section == "bdist_wheel" and (option := re.match(r"(py[-_]limited[-_]api)\s*[=:]\s*([^\s#;]+)", line)):
            place = Place("setup.cfg", number)
            entry = Entry(feature=option[2], where=Origin.SETUP_CFG, place=place, path=(section, option[1]))
            yield entry.limits_the_api(_floor(option[2]))


def _floor(value: str) -> Python | None:
    """The floor that py_limited_api names: ``"cp39" -> (3, 9)``."""
    match = re.fullmatch(r"cp(3)(\d+)", value)
    return (int(match[1]), int(match[2])) if match else None
