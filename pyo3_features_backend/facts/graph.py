"""What a build compiles, for the question whether it may be kept: the local packages, and the rest as one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..model.graph import Graph, Local, Script


def cargo_home() -> Path:
    """The folder where cargo keeps registry sources and its own configuration (the Cargo book, "Cargo Home")."""
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def of_metadata(metadata: dict[str, Any], reached: Iterable[str], manifest: Path) -> Graph:
    """The graph in the answer of ``cargo metadata``; ``reached`` are the ids of the packages that a build needs."""
    wanted = set(reached)
    home = str(cargo_home().resolve())
    sources = {package["id"]: package["source"] for package in metadata["packages"]}
    published = [node for node in metadata["resolve"]["nodes"] if node["id"] in wanted and sources[node["id"]]]
    hidden = {name for node in published for name in node["dependencies"]}
    local: list[Local] = []
    scripts: list[Script] = []
    others: list[str] = []
    libraries: list[str] = []
    programs: list[str] = []
    for package in metadata["packages"]:
        if package["id"] not in wanted:
            continue
        folder = str(Path(package["manifest_path"]).parent)
        own = package["source"] is None
        if own or not os.path.realpath(folder).startswith(home + os.sep):
            local.append(Local(package["name"], Path(folder), not own, own and package["id"] in hidden))
        else:
            # What cargo fetched itself it never changes: the name, version and source stand for the content.
            others.append(f"{package['name']} {package['version']} {package['source']}")
        if package["id"] == metadata["resolve"]["root"]:
            for target in package["targets"]:
                if "bin" in target["kind"]:
                    programs.append(target["name"])
                elif not {"custom-build", "test", "bench", "example"} & set(target["kind"]):
                    libraries.append(target["name"])
        for target in package["targets"]:
            if "custom-build" in target["kind"] or (own and "proc-macro" in target["kind"]):
                kind = "build-script" if "custom-build" in target["kind"] else "proc-macro"
                scripts.append(Script(package["name"], kind, Path(target["src_path"]), own))
    target_directory = Path(metadata["target_directory"])
    return Graph(
        manifest,
        Path(metadata["workspace_root"]),
        target_directory,
        Path(metadata.get("build_directory") or target_directory),
        tuple(local),
        tuple(name.replace("-", "_") for name in libraries),
        tuple(name.replace("-", "_") for name in programs),
        hashlib.sha256("\n".join(sorted(others)).encode()).hexdigest(),
        tuple(scripts),
    )
