"""The crate graph from cargo: the extension crate, its PyO3, and who turned which PyO3 feature on.

Knows no Python ABI rules. `cargo metadata` unifies workspace siblings, dev-dependencies and all platforms
(rust-lang/cargo#7754), so where that can matter `cargo tree -e normal,build` says what a build of the one package has.
"""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from ..errors import CrateError, Place, ToolchainError
from ..model.crate import NAMES, Crate, PyO3, Request
from . import graph as graphs
from .toml import line_of, line_of_value

Scope = dict[tuple[str, str], frozenset[str]]  # (package, version) -> features that are on


class SeveralVersions(CrateError):
    """The crate graph has more than one PyO3."""


class Question:
    """A command that runs while we do something else; raises :class:`ToolchainError` if there is none."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.command = command
        try:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except FileNotFoundError:
            raise ToolchainError(f"{command[0]} is not installed", hint="install Rust: https://rustup.rs") from None
        self.result: list[tuple[str, str]] = []
        # Read while it runs: cargo's answer is larger than a pipe holds, and cargo would wait for us.
        self.reader = threading.Thread(target=lambda: self.result.append(self.process.communicate()))
        self.reader.start()

    def answer(self) -> tuple[int, str, str]:
        """(exit status, stdout, stderr), when it has ended."""
        self.reader.join()
        return self.process.returncode, *self.result[0]


_memory: ContextVar[dict[object, Question]] = ContextVar("memory")


@contextmanager
def remembering() -> Iterator[None]:
    """Within it no command is run twice: for the decisions of one project for many Pythons."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def _ask(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Question:
    memory = _memory.get(None)
    if memory is None:
        return Question(command, cwd, env)
    key = tuple(command), cwd, None if env is None else tuple(sorted(env.items()))
    if key not in memory:
        memory[key] = Question(command, cwd, env)
    return memory[key]


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


MANIFEST_HINT = 'set manifest-path = "CRATE/Cargo.toml" in [tool.maturin]'


def ask_metadata(
    root: Path,
    manifest: Path,
    flags: Sequence[str] = (),
    triple: str | None = None,
    *,
    env: Mapping[str, str] | None = None,
    hint: str = MANIFEST_HINT,
) -> Question:
    """Start ``cargo metadata`` for :func:`read`, with the same arguments."""
    if not manifest.is_file():
        raise CrateError(f"there is no {_shown(root, manifest)}", hint=hint)
    filters = [word for name in triples_of(triple) for word in ("--filter-platform", name)]
    command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(manifest), *flags, *filters]
    return _ask(command, root, env)


def read(
    root: Path,
    manifest: Path,
    flags: Sequence[str] = (),
    triple: str | None = None,
    asked: Sequence[Request] = (),
    bindings: str | None = None,
    metadata: Question | None = None,
    *,
    env: Mapping[str, str] | None = None,
    hint: str = MANIFEST_HINT,
) -> Crate:
    """The crate of ``manifest`` as a build with cargo ``flags`` (features, --locked, --config ...) resolves it.

    ``triple`` is an explicit target, ``asked`` the features among ``flags`` with their places, ``bindings`` the
    delegate's word for the kind of crate, ``metadata`` a question asked before, ``env`` replaces the environment of
    cargo, ``hint`` says how the project names another manifest.
    Raises :class:`CrateError` or :class:`ToolchainError`.
    """
    shown = _shown(root, manifest)
    common = ["--manifest-path", str(manifest), *flags]
    graph = json.loads(_answer(metadata or ask_metadata(root, manifest, flags, triple, env=env, hint=hint)))
    start = graph["resolve"]["root"]
    if start is None:
        raise CrateError(
            "this is a workspace without a package of its own",
            place=Place(shown, 1),
            hint=hint,
        )
    packages = {package["id"]: package for package in graph["packages"]}
    package = packages[start]
    targets = [target for target in package["targets"] if {"lib", "cdylib", "rlib", "bin"} & set(target["kind"])]
    kinds = {kind for target in targets for kind in target["crate_types"]}
    library = next((target["name"] for target in targets if "bin" not in target["kind"]), package["name"])
    crate = Crate(
        package["name"],
        shown,
        bindings != "bin" and ("cdylib" in kinds or "bin" not in kinds),
        frozenset(package["features"]),
        None,
        library.replace("-", "_"),
    )
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    reached = set(_closure(start, nodes))
    crate = crate._replace(graph=graphs.of_metadata(graph, reached, manifest))
    if bindings in ("cffi", "uniffi") or not any(packages[name]["name"] in NAMES for name in reached):
        return crate
    scope: Scope = {
        (packages[name]["name"], packages[name]["version"]): frozenset(nodes[name]["features"]) for name in reached
    }
    if _may_differ(graph, nodes, packages, reached, filtered=triple is not None):
        targeted = [word for name in triples_of(triple) for word in ("--target", name)]
        tree = ["tree", "-e", "normal,build", "--prefix", "none", "-f", "{p}|{f}", "--color", "never"]
        scope = _tree(_answer(_ask(["cargo", *tree, *common, *targeted], root, env)))
    within = [entry for entry in packages.values() if (entry["name"], entry["version"]) in scope]
    versions = sorted({entry["version"] for entry in within if entry["name"] == "pyo3"})
    name = "pyo3" if versions else "pyo3-ffi"
    versions = versions or sorted({entry["version"] for entry in within if entry["name"] == name})
    crate = crate._replace(
        rust_versions=tuple((entry["rust_version"], entry["name"]) for entry in within if entry.get("rust_version")),
        inventory=next((entry["version"] for entry in within if entry["name"] == "inventory"), None),
        packages=frozenset((entry["name"], entry["version"]) for entry in within),
    )
    if not versions:
        return crate
    text = manifest.read_text(encoding="utf-8")
    if len(versions) > 1:
        raise SeveralVersions(
            f"{crate.name} depends on {len(versions)} versions of {name}: {', '.join(versions)}",
            place=Place(shown, line_of(text, "dependencies", name)),
            hint=f"bring them to one version; `cargo tree -i {name}@{versions[0]}` shows who asks for it",
        )
    resolved = next(entry for entry in within if entry["name"] == name)
    direct = next((dep for dep in package["dependencies"] if dep["name"] == name and dep["kind"] != "dev"), None)
    key = (direct["rename"] or name) if direct else name
    on = frozenset(
        feature for (crate_name, _), features in scope.items() if crate_name in NAMES for feature in features
    )
    requests = [*_requests(within, scope, root, Path(graph["workspace_root"]) / "Cargo.toml"), *asked]
    return crate._replace(
        pyo3=PyO3(
            crate=name,
            key=key + ("?" if direct and direct["optional"] else ""),
            direct=direct is not None,
            version=resolved["version"],
            known=frozenset(resolved["features"]),
            on=on,
            rust_version=resolved.get("rust_version"),
            place=Place(shown, line_of(text, *_section(direct), key) if direct else None),
            requests=tuple(requests),
        ),
    )


def _shown(root: Path, manifest: Path) -> str:
    return manifest.relative_to(root).as_posix() if manifest.is_relative_to(root) else str(manifest)


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


def _may_differ(
    graph: dict[str, Any], nodes: dict[str, Any], packages: dict[str, Any], reached: set[str], *, filtered: bool
) -> bool:
    """Whether a build of this package alone can have other PyO3 features than ``cargo metadata`` says."""
    members = graph["workspace_members"]
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
                place = Place(_shown(root, manifest), line_of_value(text, feature, *_section(dep), key))
                if place.line is None and workspace.is_file():
                    inherited = workspace.read_text(encoding="utf-8")
                    line = line_of_value(inherited, feature, "workspace", "dependencies", key)
                    place = Place(_shown(root, workspace), line) if line else place
                yield Request(feature, place, f"the dependency of {who}")
            for name in sorted(scope[who, package["version"]]):
                for entry in package["features"].get(name, ()):
                    if entry.startswith((f"{key}/", f"{key}?/")):
                        place = Place(_shown(root, manifest), line_of_value(text, entry, "features", name))
                        yield Request(entry.split("/", 1)[1], place, f"feature {name!r} of {who}")


def ask_rustc(root: Path, env: Mapping[str, str] | None = None) -> Question:
    """Start asking the rustc that builds in ``root`` for its version."""
    return _ask(["rustc", "-vV"], root, env)


def rustc(question: Question) -> tuple[str, str]:
    """(release, host triple) of the rustc that was asked. Raises :class:`ToolchainError`."""
    _, stdout, stderr = question.answer()
    facts = dict(row.split(": ", 1) for row in stdout.splitlines() if ": " in row)
    if "release" not in facts:
        raise ToolchainError(f"rustc does not answer: {stderr.strip()}", hint="see `rustc -vV`")
    return facts["release"], facts["host"]
