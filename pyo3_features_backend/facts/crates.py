"""The crate graph from cargo: the extension crate, its PyO3, and who turned which PyO3 feature on.

Knows no Python ABI rules. `cargo metadata` unifies workspace siblings, dev-dependencies and all platforms
(rust-lang/cargo#7754), so where that can matter `cargo tree -e normal,build` says what a build of the one package has.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import CrateError, Place
from ..model.crate import NAMES, Crate, PyO3, Request
from . import graph as graphs
from . import toolchain
from .toml import line_of, line_of_value
from .toolchain import Question

MANIFEST_HINT = 'set manifest-path = "CRATE/Cargo.toml" in [tool.maturin]'
Scope = dict[tuple[str, str], frozenset[str]]  # (package, version) -> features that are on


class Query(NamedTuple):
    """What is asked of cargo: the crate of ``manifest`` as a build in ``root`` with cargo ``flags`` resolves it.

    ``flags`` are features, --locked, --config and so on; ``triple`` is an explicit target, ``asked`` the features among
    ``flags`` with their places, ``bindings`` the delegate's word for the kind of crate. ``env`` replaces cargo's
    environment, ``hint`` says how the project names another manifest.
    """

    root: Path
    manifest: Path
    flags: tuple[str, ...] = ()
    triple: str | None = None
    asked: tuple[Request, ...] = ()
    bindings: str | None = None
    env: Mapping[str, str] | None = None
    hint: str = MANIFEST_HINT


class SeveralVersions(CrateError):
    """The crate graph has more than one PyO3."""


def shown(root: Path, manifest: Path) -> str:
    return manifest.relative_to(root).as_posix() if manifest.is_relative_to(root) else str(manifest)


def _answer(question: Question) -> str:
    status, stdout, stderr = question.answer()
    if "links to the native library `python`" in stderr:
        versions = sorted(set(re.findall(r"package `(pyo3 v[\d.]+)", stderr)))
        raise SeveralVersions(
            f"the crate graph asks for several versions of PyO3, and cargo takes only one: {', '.join(versions)}",
            place=Place("Cargo.toml"),
            hint="bring every dependency on pyo3 to one version; `cargo tree -i pyo3` shows who asks",
        )
    if status:
        raise CrateError(
            f"`{' '.join(question.command[:2])}` failed:\n{stderr.strip()}", hint="mend what cargo names above"
        )
    return stdout


def triples_of(triple: str | None) -> list[str]:
    """The rustc targets of an explicit target: two for maturin's universal2, none without one."""
    if triple == "universal2-apple-darwin":
        return ["aarch64-apple-darwin", "x86_64-apple-darwin"]
    return [triple] if triple else []


def as_feature(request: Request) -> Request:
    """A request for ``dependency/feature`` as one for the PyO3 feature."""
    return request._replace(feature=request.feature.split("/")[-1])


def ask(query: Query) -> Question:
    """Start ``cargo metadata`` for :func:`read`. Raises :class:`CrateError` or :class:`ToolchainError`."""
    if not query.manifest.is_file():
        raise CrateError(f"there is no {shown(query.root, query.manifest)}", hint=query.hint)
    filters = [word for name in triples_of(query.triple) for word in ("--filter-platform", name)]
    command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(query.manifest)]
    return toolchain.ask([*command, *query.flags, *filters], query.root, query.env)


def read(query: Query, question: Question | None = None) -> Crate:
    """The crate that was asked for; ``question`` is what :func:`ask` gave. Raises :class:`CrateError`, or
    :class:`ToolchainError`.
    """
    env = None if query.env is None else tuple(sorted(query.env.items()))
    return toolchain.once(query._replace(env=None) + (env,), lambda: _read(query, question or ask(query)))


class _Metadata:
    """The answer of ``cargo metadata``, and what a build of the root package reaches of it."""

    def __init__(self, query: Query, answer: str) -> None:
        self.table: dict[str, Any] = json.loads(answer)
        self.start: str | None = self.table["resolve"]["root"]
        if self.start is None:
            place = Place(shown(query.root, query.manifest), 1)
            raise CrateError("this is a workspace without a package of its own", place=place, hint=query.hint)
        self.packages = {package["id"]: package for package in self.table["packages"]}
        self.nodes = {node["id"]: node for node in self.table["resolve"]["nodes"]}
        self.reached = set(_closure(self.start, self.nodes))
        self.package: dict[str, Any] = self.packages[self.start]

    def names(self) -> set[str]:
        """The names of all packages that a build needs."""
        return {self.packages[name]["name"] for name in self.reached}

    def scope(self, query: Query) -> Scope:
        """The features that are on, of each package that a build of the root package alone compiles."""
        if not _may_differ(self, filtered=query.triple is not None):
            return {
                (self.packages[name]["name"], self.packages[name]["version"]): frozenset(self.nodes[name]["features"])
                for name in self.reached
            }
        targeted = [word for name in triples_of(query.triple) for word in ("--target", name)]
        command = ["cargo", "tree", "-e", "normal,build", "--prefix", "none", "-f", "{p}|{f}", "--color", "never"]
        command += ["--manifest-path", str(query.manifest), *query.flags, *targeted]
        return _tree(_answer(toolchain.ask(command, query.root, query.env)))


def _read(query: Query, question: Question) -> Crate:
    metadata = _Metadata(query, _answer(question))
    crate = _without_pyo3(query, metadata)
    if query.bindings in ("cffi", "uniffi") or not metadata.names() & set(NAMES):
        return crate
    scope = metadata.scope(query)
    within = [one for one in metadata.packages.values() if (one["name"], one["version"]) in scope]
    crate = crate._replace(
        rust_versions=tuple((one["rust_version"], one["name"]) for one in within if one.get("rust_version")),
        inventory=next((one["version"] for one in within if one["name"] == "inventory"), None),
        packages=frozenset((one["name"], one["version"]) for one in within),
    )
    used = {one["name"] for one in within} & set(NAMES)
    if not used:
        return crate
    name = "pyo3" if "pyo3" in used else "pyo3-ffi"
    return crate._replace(pyo3=_pyo3(name, query, metadata, scope))


def _without_pyo3(query: Query, metadata: _Metadata) -> Crate:
    """The crate itself: its name, what it compiles to, its features and its graph."""
    package = metadata.package
    targets = [one for one in package["targets"] if {"lib", "cdylib", "rlib", "bin"} & set(one["kind"])]
    kinds = {kind for target in targets for kind in target["crate_types"]}
    library = next((target["name"] for target in targets if "bin" not in target["kind"]), package["name"])
    return Crate(
        name=package["name"],
        manifest=shown(query.root, query.manifest),
        library=query.bindings != "bin" and ("cdylib" in kinds or "bin" not in kinds),
        features=frozenset(package["features"]),
        pyo3=None,
        module=library.replace("-", "_"),
        graph=graphs.of_metadata(metadata.table, metadata.reached, query.manifest),
    )


def _pyo3(name: str, query: Query, metadata: _Metadata, scope: Scope) -> PyO3:
    """The PyO3 of a crate that has one; ``name`` is pyo3, or pyo3-ffi where the crate uses that alone."""
    within = [one for one in metadata.packages.values() if (one["name"], one["version"]) in scope]
    versions = sorted({one["version"] for one in within if one["name"] == name})
    text = query.manifest.read_text(encoding="utf-8")
    if len(versions) > 1:
        raise SeveralVersions(
            f"{metadata.package['name']} depends on {len(versions)} versions of {name}: {', '.join(versions)}",
            place=Place(shown(query.root, query.manifest), line_of(text, "dependencies", name)),
            hint=f"bring them to one version; `cargo tree -i {name}@{versions[0]}` shows who asks for it",
        )
    resolved = next(one for one in within if one["name"] == name)
    declared = metadata.package["dependencies"]
    direct = next((one for one in declared if one["name"] == name and one["kind"] != "dev"), None)
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
        requests=(*_requests(within, scope, query.root, workspace), *query.asked),
    )


def _edges(node: dict[str, Any]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for dep in node["deps"]:
        kinds = [kind for kind in dep["dep_kinds"] if kind["kind"] != "dev"]
        if kinds:
            yield dep["pkg"], kinds


def _closure(start: str, nodes: dict[str, Any]) -> Iterator[str]:
    seen, todo = {start}, [start]
    while todo:
        current = todo.pop()
        yield current
        for name, _ in _edges(nodes[current]):
            if name not in seen:
                seen.add(name)
                todo.append(name)


def _may_differ(metadata: _Metadata, *, filtered: bool) -> bool:
    """Whether a build of this package alone can have other PyO3 features than ``cargo metadata`` says."""
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
    # A dependency for another platform only, anywhere on the way to PyO3.
    above = {name for name in reached if packages[name]["name"] in NAMES}
    grown = True
    while grown:
        found = {name for name in reached - above if any(child in above for child, _ in _edges(nodes[name]))}
        grown = bool(found)
        above |= found
    return any(
        child in above and any(kind["target"] for kind in kinds)
        for name in above
        for child, kinds in _edges(nodes[name])
    )


def _tree(output: str) -> Scope:
    """``cargo tree``'s lines ``name vVERSION (source)|features`` as a scope."""
    scope: Scope = {}
    for row in output.splitlines():
        package, _, features = row.replace(" (*)", "").partition("|")
        words = package.split()
        if len(words) >= 2:
            name = (words[0], words[1][1:])
            scope[name] = scope.get(name, frozenset()) | frozenset(filter(None, features.split(",")))
    return scope


def _section(dependency: dict[str, Any]) -> tuple[str, ...]:
    table = "build-dependencies" if dependency["kind"] == "build" else "dependencies"
    return ("target", dependency["target"], table) if dependency["target"] else (table,)


def _requests(within: list[dict[str, Any]], scope: Scope, root: Path, workspace: Path) -> Iterator[Request]:
    """Every request for a PyO3 feature by a package of the build: on its dependency, or by a feature that is on."""
    for package in within:
        dependencies = [dep for dep in package["dependencies"] if dep["name"] in NAMES and dep["kind"] != "dev"]
        if not dependencies or package["name"] in NAMES:
            continue
        manifest = Path(package["manifest_path"])
        text = manifest.read_text(encoding="utf-8")
        who = package["name"]
        for dep in dependencies:
            key = dep["rename"] or dep["name"]
            for feature in dep["features"]:
                place = Place(shown(root, manifest), line_of_value(text, feature, *_section(dep), key))
                if place.line is None and workspace.is_file():
                    inherited = workspace.read_text(encoding="utf-8")
                    line = line_of_value(inherited, feature, "workspace", "dependencies", key)
                    place = Place(shown(root, workspace), line) if line else place
                yield Request(feature, place, f"the dependency of {who}")
            for name in sorted(scope[who, package["version"]]):
                for entry in package["features"].get(name, ()):
                    if entry.startswith((f"{key}/", f"{key}?/")):
                        place = Place(shown(root, manifest), line_of_value(text, entry, "features", name))
                        yield Request(entry.split("/", 1)[1], place, f"feature {name!r} of {who}")
