"""Reads the crate graph from cargo: the extension crate, its PyO3, and what turns each PyO3 feature on.

Knows nothing about Python ABIs. `cargo metadata` unifies the features of workspace members, dev-dependencies and all
platforms (rust-lang/cargo#7754). Where this can matter, `cargo tree -e normal,build` gives the features that a build of
the one package has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import CrateError, Place
from ..model.crate import NAMES, Crate, PyO3, Request
from . import graph as graphs
from . import metadata, toolchain
from .files import read_text
from .query import Query, ask, shown, triples_of
from .toml import line_of, line_of_value
from .toolchain import Question

Scope = dict[tuple[str, str], frozenset[str]]  # (package, version) -> the features that are on


class SeveralVersions(CrateError):
    """The crate graph has more than one PyO3."""


def _text(manifest: Path, root: Path) -> str:
    """The text of a Cargo.toml; one that cargo names may be missing if the answer is not cargo's."""
    return read_text(manifest, shown(root, manifest), CrateError)


def _output(question: Question) -> str:
    """The output of a cargo command. Raises :class:`CrateError` if the command fails."""
    _, stdout, stderr = question.answer()
    if "links to the native library `python`" in stderr:
        versions = sorted(set(re.findall(r"package `(pyo3 v[\d.]+)", stderr)))
        raise SeveralVersions(
            f"the crate graph needs several versions of PyO3, but cargo allows only one: {', '.join(versions)}",
            place=Place("Cargo.toml"),
            hint="use one version of pyo3 in every crate; `cargo tree -i pyo3` shows what needs it",
        )
    if failure := question.failure():
        said = toolchain.message(stderr)
        hint = "fix what cargo reports above" if said else f"run it by hand: `{question.shown}`"
        raise CrateError(f"`{question.shown}` failed:\n{said}" if said else f"`{question.shown}` {failure}", hint=hint)
    return stdout


def read(query: Query, question: Question | None = None) -> Crate:
    """Read the crate of ``query``; ``question`` is the result of :func:`ask`, if it has been called.

    Raises :class:`CrateError` or :class:`ToolchainError`.
    """
    env = None if query.env is None else tuple(sorted(query.env.items()))
    return toolchain.remembered(query._replace(env=None) + (env,), lambda: _read(query, question or ask(query)))


class _Metadata:
    """The output of ``cargo metadata``, and the packages in it that a build of the root package needs."""

    def __init__(self, query: Query, output: str) -> None:
        self.table = metadata.parse(output)
        self.start: str | None = self.table["resolve"]["root"]
        if self.start is None:
            place = Place(shown(query.root, query.manifest), 1)
            raise CrateError("this is a workspace without a package of its own", place=place, hint=query.hint)
        self.packages = {package["id"]: package for package in self.table["packages"]}
        self.nodes = {node["id"]: node for node in self.table["resolve"]["nodes"]}
        self.reached = graphs.closure([self.start], lambda name: (child for child, _ in _edges(self.nodes[name])))
        self.package: dict[str, Any] = self.packages[self.start]

    def names(self) -> set[str]:
        """The names of all packages that a build needs."""
        return {self.packages[name]["name"] for name in self.reached}

    def scope(self, query: Query) -> Scope:
        """The packages that a build of only the root package compiles, each with the features that are on."""
        if not _may_differ(self, filtered=query.triple is not None):
            return {
                (self.packages[name]["name"], self.packages[name]["version"]): frozenset(self.nodes[name]["features"])
                for name in self.reached
            }
        targets = [argument for name in triples_of(query.triple) for argument in ("--target", name)]
        command = ["cargo", "tree", "-e", "normal,build", "--prefix", "none", "-f", "{p}|{f}", "--color", "never"]
        command += ["--manifest-path", str(query.manifest), *query.flags, *targets]
        return _parse_tree(_output(toolchain.ask(command, query.root, query.env)))


def _read(query: Query, question: Question) -> Crate:
    answer = _Metadata(query, _output(question))
    crate = _without_pyo3(query, answer)
    if query.bindings in ("cffi", "uniffi") or not answer.names() & set(NAMES):
        return crate
    scope = answer.scope(query)
    packages = [package for package in answer.packages.values() if _identity(package) in scope]
    crate = crate._replace(
        rust_versions=tuple((each["rust_version"], each["name"]) for each in packages if each.get("rust_version")),
        inventory=next((package["version"] for package in packages if package["name"] == "inventory"), None),
        packages=frozenset(map(_identity, packages)),
    )
    used = {package["name"] for package in packages} & set(NAMES)
    if not used:
        return crate
    name = "pyo3" if "pyo3" in used else "pyo3-ffi"
    return crate._replace(pyo3=_pyo3(name, query, answer, scope))


def _identity(package: dict[str, Any]) -> tuple[str, str]:
    """(name, version) of a package, as in a :data:`Scope`."""
    return package["name"], package["version"]


def _without_pyo3(query: Query, metadata: _Metadata) -> Crate:
    """The crate itself: its name, what it compiles to, its features and its graph."""
    package = metadata.package
    kinds = {"lib", "cdylib", "rlib", "bin"}
    targets = [target for target in package["targets"] if kinds & set(target["kind"])]
    crate_types = {crate_type for target in targets for crate_type in target["crate_types"]}
    library = next((target["name"] for target in targets if "bin" not in target["kind"]), package["name"])
    return Crate(
        name=package["name"],
        manifest=shown(query.root, query.manifest),
        library=query.bindings != "bin" and ("cdylib" in crate_types or "bin" not in crate_types),
        features=frozenset(package["features"]),
        pyo3=None,
        module=library.replace("-", "_"),
        graph=graphs.of_metadata(metadata.table, metadata.reached, query.manifest),
    )


def _pyo3(name: str, query: Query, metadata: _Metadata, scope: Scope) -> PyO3:
    """The PyO3 of a crate that uses it; ``name`` is pyo3, or pyo3-ffi if the crate uses only that."""
    packages = [package for package in metadata.packages.values() if _identity(package) in scope]
    versions = sorted({package["version"] for package in packages if package["name"] == name})
    text = _text(query.manifest, query.root)
    if len(versions) > 1:
        raise SeveralVersions(
            f"{metadata.package['name']} depends on {len(versions)} versions of {name}: {', '.join(versions)}",
            place=Place(shown(query.root, query.manifest), line_of(text, "dependencies", name)),
            hint=f"use one version; `cargo tree -i {name}@{versions[0]}` shows what needs it",
        )
    resolved = next(package for package in packages if package["name"] == name)
    declared = metadata.package["dependencies"]
    direct = next((entry for entry in declared if entry["name"] == name and entry["kind"] != "dev"), None)
    key = (direct["rename"] or name) if direct else name
    on = (feature for (package, _), features in scope.items() if package in NAMES for feature in features)
    workspace = Path(metadata.table["workspace_root"]) / "Cargo.toml"
    return PyO3(
        crate=name,
        key=key + ("?" if direct and direct["optional"] else ""),
        direct=direct is not None,
        version=resolved["version"],
        known=frozenset(resolved["features"]),
        on=frozenset(on),
        rust_version=resolved.get("rust_version"),
        place=Place(shown(query.root, query.manifest), line_of(text, *_section(direct), key) if direct else None),
        requests=(*_requests(packages, scope, query.root, workspace), *query.requests),
    )


def _edges(node: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The dependencies of a node that are not dev-dependencies: (package id, kinds of dependency)."""
    for dep in node["deps"]:
        kinds = [kind for kind in dep["dep_kinds"] if kind["kind"] != "dev"]
        if kinds:
            yield dep["pkg"], kinds


def _may_differ(metadata: _Metadata, *, filtered: bool) -> bool:
    """Whether a build of only this package can have other PyO3 features than ``cargo metadata`` says.

    ``filtered`` says that the metadata is for one platform only.
    """
    members, packages, nodes, reached = (
        metadata.table["workspace_members"],
        metadata.packages,
        metadata.nodes,
        metadata.reached,
    )
    if len(members) > 1:
        return True
    if any(dep["kind"] == "dev" for member in members for dep in packages[member]["dependencies"]):
        return True
    if filtered:
        return False
    # Whether a dependency anywhere on the way to PyO3 is for some platforms only.
    above = {name for name in reached if packages[name]["name"] in NAMES}
    grown = True
    while grown:
        parents = {name for name in reached - above if any(child in above for child, _ in _edges(nodes[name]))}
        grown = bool(parents)
        above |= parents
    return any(
        child in above and any(kind["target"] for kind in kinds)
        for name in above
        for child, kinds in _edges(nodes[name])
    )


def _parse_tree(output: str) -> Scope:
    """Parse the lines ``name vVERSION (source)|features`` of ``cargo tree``."""
    scope: Scope = {}
    for row in output.splitlines():
        package, _, features = row.replace(" (*)", "").partition("|")
        fields = package.split()
        if len(fields) >= 2:
            name = (fields[0], fields[1][1:])
            scope[name] = scope.get(name, frozenset()) | frozenset(filter(None, features.split(",")))
    return scope


def _section(dependency: dict[str, Any]) -> tuple[str, ...]:
    """The table of Cargo.toml, as a key path, that declares a dependency."""
    table = "build-dependencies" if dependency["kind"] == "build" else "dependencies"
    return ("target", dependency["target"], table) if dependency["target"] else (table,)


def _requests(packages: list[dict[str, Any]], scope: Scope, root: Path, workspace: Path) -> Iterator[Request]:
    """Every request for a PyO3 feature in the manifests: in a dependency, or in a cargo feature that is on."""
    for package in packages:
        dependencies = [dep for dep in package["dependencies"] if dep["name"] in NAMES and dep["kind"] != "dev"]
        if not dependencies or package["name"] in NAMES:
            continue
        manifest = Path(package["manifest_path"])
        text = _text(manifest, root)
        who = package["name"]
        for dep in dependencies:
            key = dep["rename"] or dep["name"]
            for feature in dep["features"]:
                place = Place(shown(root, manifest), line_of_value(text, feature, *_section(dep), key))
                if place.line is None and workspace.is_file():
                    inherited = _text(workspace, root)
                    line = line_of_value(inherited, feature, "workspace", "dependencies", key)
                    place = Place(shown(root, workspace), line) if line else place
                yield Request(feature, place, f"the dependency of {who}")
            for name in sorted(scope[who, package["version"]]):
                for entry in package["features"].get(name, ()):
                    if entry.startswith((f"{key}/", f"{key}?/")):
                        place = Place(shown(root, manifest), line_of_value(text, entry, "features", name))
                        yield Request(entry.split("/", 1)[1], place, f"feature {name!r} of {who}")
