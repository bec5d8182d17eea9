"""The Cargo.toml files of a project as they are written, found and read without cargo.

`cargo metadata` says what a build has; it does not say which list of which file names a feature, and it fails for a
tree that does not resolve. The rules are the Cargo book's: "Workspaces", "Specifying Dependencies".
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...delegates import maturin
from ...errors import ProjectError
from ...facts.project import Project
from ...facts.toml import read
from ...model.arguments import Arguments
from .paths import shown
from .setup_py import SetupPy

NAME = "Cargo.toml"


class Dependency(NamedTuple):
    """A dependency: its table in the file (``("target", "cfg(unix)", "dependencies")``), its key there, what it says.

    ``package`` is the crate's real name, ``path`` the Cargo.toml of a path dependency; ``spec`` is the table, empty
    for a plain version. ``features`` and ``default`` (features) count what a workspace adds.
    """

    section: tuple[str, ...]
    key: str
    package: str
    spec: Mapping[str, Any]
    path: Path | None
    features: tuple[str, ...]
    default: bool

    @property
    def names(self) -> tuple[str, ...]:
        """The path of its feature list in the file."""
        return (*self.section, self.key, "features")


class Manifest(NamedTuple):
    """A Cargo.toml: ``shown`` is its path relative to the project's folder, ``workspace`` that of its workspace."""

    path: Path
    shown: str
    table: Mapping[str, Any]
    text: str
    workspace: Path | None

    @property
    def name(self) -> str:
        """The package's name; empty for a workspace without one."""
        return str(table_at(self.table, "package").get("name", ""))

    @property
    def features(self) -> dict[str, list[str]]:
        """The crate's own features."""
        features = table_at(self.table, "features")
        return {name: [str(entry) for entry in value] for name, value in features.items() if isinstance(value, list)}


def table_at(table: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The table under the keys ``path``; empty where there is none."""
    for name in path:
        value = table.get(name, {})
        table = value if isinstance(value, Mapping) else {}
    return table


def extension_manifests(project: Project, setup: SetupPy) -> list[Path]:
    """The Cargo.toml of each extension that the project declares to maturin or to setuptools-rust, as far as it is
    written down: a setup.py that computes its paths has to be run (``Facts.crates``)."""
    paths: list[Path] = []
    tables = project.tool("setuptools-rust")
    declared = [*_list(tables, "ext-modules"), *_list(tables, "bins")]
    paths += [project.root / str(extension.get("path", NAME)) for extension in declared]
    paths += [project.root / extension.path for extension in setup.extensions if extension.path is not None]
    if not paths or project.maturin:
        paths.append(maturin.manifest(project, Arguments()))
    return [path for path in dict.fromkeys(Path(os.path.normpath(path)) for path in paths) if path.is_file()]


def entries(table: Mapping[str, Any], name: str) -> list[Any]:
    """The list under a key; empty for anything else, which cargo reports."""
    value = table.get(name, ())
    return value if isinstance(value, list) else []


def _list(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [entry for entry in entries(table, name) if isinstance(entry, Mapping)]


def build_scripts(manifest: Manifest) -> list[Path]:
    """The build scripts of a crate (the Cargo book, "The build field")."""
    package = table_at(manifest.table, "package")
    named = package.get("build", "build.rs") if package else False
    names = named if isinstance(named, list) else [named]
    paths = [manifest.path.parent / name for name in names if isinstance(name, str)]
    return [path for path in paths if path.is_file()]


def read_all(root: Path, starts: Iterable[Path], *, lenient: bool = False) -> list[Manifest]:
    """The manifests ``starts``, those of their path dependencies, and their workspaces' roots, each once, in order.

    Raises :class:`ProjectError` for one that is not TOML; ``lenient`` goes on without it.
    """
    manifests: dict[Path, Manifest] = {}
    workspaces: list[Path] = []
    todo = list(starts)
    while todo:
        path = Path(os.path.normpath(todo.pop(0)))
        if path in manifests or not path.is_file():
            continue
        try:
            manifest = manifests[path] = _read(root, path)
        except ProjectError:
            if not lenient:
                raise
            continue
        workspaces += [manifest.workspace] if manifest.workspace else []
        todo += [dependency.path for dependency in dependencies(manifest) if dependency.path]
    for path in workspaces:
        if path not in manifests:
            manifests[path] = _read(root, path)
    return list(manifests.values())


def _read(root: Path, path: Path) -> Manifest:
    name = shown(root, path)
    table, text = read(path, name)
    return Manifest(path=path, shown=name, table=table, text=text, workspace=workspace_of(path, table))


def workspace_of(path: Path, table: Mapping[str, Any]) -> Path | None:
    """The Cargo.toml of the workspace that cargo takes for the crate ``path``, whose manifest is ``table``.

    Raises :class:`ProjectError` for a Cargo.toml above it that cannot be read.
    """
    if "workspace" in table:
        return path
    named = table_at(table, "package").get("workspace")
    if isinstance(named, str):
        return Path(os.path.normpath(path.parent / named / NAME))
    for folder in path.parent.parents:
        above = folder / NAME
        if above.is_file():
            workspace = read(above, str(above))[0].get("workspace")
            if isinstance(workspace, Mapping):
                below = path.parent.relative_to(folder).as_posix()
                excluded = entries(workspace, "exclude")
                return None if any(_within(below, str(entry)) for entry in excluded) else above
    return None


def is_member(workspace: Path, folder: Path) -> bool:
    """Whether the members of a workspace name the folder of a crate."""
    members = entries(table_at(read(workspace, str(workspace))[0], "workspace"), "members")
    below = folder.relative_to(workspace.parent).as_posix()
    return any(fnmatch.fnmatch(below, os.path.normpath(str(member)).replace(os.sep, "/")) for member in members)


def _within(below: str, entry: str) -> bool:
    return fnmatch.fnmatch(below, entry) or below.startswith(entry.rstrip("/") + "/")


def dependencies(manifest: Manifest) -> Iterator[Dependency]:
    """The normal and build dependencies of a crate, with what they inherit; and those that its workspace offers."""
    tables: list[tuple[str, ...]] = [("dependencies",), ("build-dependencies",)]
    tables += [
        ("target", target, table)
        for target in table_at(manifest.table, "target")
        for table in ("dependencies", "build-dependencies")
    ]
    for section in [*tables, ("workspace", "dependencies")]:
        for key, value in table_at(manifest.table, *section).items():
            spec: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
            inherited: Mapping[str, Any] = {}
            base = manifest.path.parent
            if spec.get("workspace") and manifest.workspace:
                base = manifest.workspace.parent
                offered = read(manifest.workspace, str(manifest.workspace))[0]
                inherited = table_at(offered, "workspace", "dependencies", key)
            merged = {**spec, **inherited}
            path = merged.get("path")
            yield Dependency(
                section=section,
                key=key,
                package=str(merged.get("package", key)),
                spec=spec,
                path=Path(os.path.normpath(base / str(path) / NAME)) if path else None,
                features=(*map(str, entries(spec, "features")), *map(str, entries(inherited, "features"))),
                default=bool(merged.get("default-features", merged.get("default_features", True))),
            )
