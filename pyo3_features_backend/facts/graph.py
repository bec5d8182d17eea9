"""Reads from ``cargo metadata`` what a build compiles, to decide later what of it can be used again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ..model.graph import Graph, Local, Script
from .environ import home
from .files import without_parents


def cargo_home() -> Path:
    """The folder where cargo keeps registry sources and its own configuration (the Cargo book, "Cargo Home")."""
    return Path(os.environ.get("CARGO_HOME") or home() / ".cargo")


def _fetched() -> tuple[str, ...]:
    """The paths of the folders into which cargo fetches; other folders in its home belong to the user."""
    folders = Path("registry", "src"), Path("git", "checkouts")
    return tuple(os.path.realpath(cargo_home() / folder) + os.sep for folder in folders)


def closure(starts: Iterable[str], dependencies: Callable[[str], Iterable[str]]) -> set[str]:
    """The ids ``starts`` and those of all packages that they depend on; ``dependencies`` gives those of one package."""
    reached: set[str] = set()
    todo = list(starts)
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo += dependencies(name)
    return reached


def of_metadata(metadata: dict[str, Any], reached: Iterable[str], manifest: Path) -> Graph:
    """The graph in the answer of ``cargo metadata``; ``reached`` are the ids of the packages that a build needs."""
    needed = set(reached)
    fetched = _fetched()
    sources = {package["id"]: package["source"] for package in metadata["packages"]}
    published = [node for node in metadata["resolve"]["nodes"] if node["id"] in needed and sources[node["id"]]]
    dependencies = {node["id"]: node["dependencies"] for node in metadata["resolve"]["nodes"]}
    hidden = closure((name for node in published for name in node["dependencies"]), dependencies.__getitem__)
    local: list[Local] = []
    scripts: list[Script] = []
    published_packages: list[str] = []
    libraries: list[str] = []
    programs: list[str] = []
    for package in metadata["packages"]:
        if package["id"] not in needed:
            continue
        folder = str(Path(package["manifest_path"]).parent)
        own = package["source"] is None
        if own or not os.path.realpath(folder).startswith(fetched):
            local.append(
                Local(
                    name=package["name"], folder=Path(folder), vendored=not own, hidden=own and package["id"] in hidden
                )
            )
        else:
            # cargo never changes a package that it has fetched, so name, version and source identify the content.
            published_packages.append(f"{package['name']} {package['version']} {package['source']}")
        if package["id"] == metadata["resolve"]["root"]:
            for target in package["targets"]:
                if "bin" in target["kind"]:
                    programs.append(target["name"])
                elif not {"custom-build", "test", "bench", "example"} & set(target["kind"]):
                    libraries.append(target["name"])
        for target in package["targets"]:
            if "custom-build" in target["kind"] or (own and "proc-macro" in target["kind"]):
                kind = "build-script" if "custom-build" in target["kind"] else "proc-macro"
                scripts.append(Script(package=package["name"], kind=kind, file=Path(target["src_path"]), local=own))
    target_directory = Path(without_parents(metadata["target_directory"]))
    return Graph(
        manifest=manifest,
        workspace=Path(metadata["workspace_root"]),
        target_directory=target_directory,
        build_directory=Path(without_parents(metadata.get("build_directory") or str(target_directory))),
        local=tuple(local),
        libraries=tuple(name.replace("-", "_") for name in libraries),
        programs=tuple(name.replace("-", "_") for name in programs),
        locked=hashlib.sha256("\n".join(sorted(published_packages)).encode()).hexdigest(),
        scripts=tuple(scripts),
        macros=_macros(metadata, needed, dependencies),
    )


def _macros(metadata: dict[str, Any], needed: set[str], dependencies: dict[str, list[str]]) -> tuple[Path, ...]:
    """The folders of published procedural macros in ``needed``, and of everything that they depend on."""
    published = [package for package in metadata["packages"] if package["source"] and package["id"] in needed]
    starts = (
        package["id"] for package in published if any("proc-macro" in target["kind"] for target in package["targets"])
    )
    found = closure(starts, dependencies.__getitem__)
    return tuple(Path(package["manifest_path"]).parent for package in published if package["id"] in found)
