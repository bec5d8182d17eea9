"""What a build compiles, for the question whether it may be kept: the local packages, and the rest as one digest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple


class Local(NamedTuple):
    """A package whose sources somebody can edit: a path crate, or a vendored one.

    ``key`` is what it is to cargo's own bookkeeping in a target folder (the name and the path below the workspace: the
    same for every folder that an sdist is unpacked into). ``crate_names`` are those of its targets, and its own.
    """

    name: str
    key: str
    folder: Path
    build_script: Path | None
    crate_names: tuple[str, ...]


class Graph(NamedTuple):
    """One workspace's part of a build. ``locked`` is a digest of every package that is not local."""

    manifest: Path
    workspace: Path
    target_directory: Path
    build_directory: Path
    local: tuple[Local, ...]
    locked: str

    def compiled_in(self, folder: Path) -> Graph:
        """The same with ``--target-dir folder``; a build.build-dir in cargo's configuration stays what it is."""
        apart = self.build_directory != self.target_directory
        return self._replace(target_directory=folder, build_directory=self.build_directory if apart else folder)


def cargo_home() -> Path:
    """The folder where cargo keeps registry sources and its own configuration (the Cargo book, "Cargo Home")."""
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def of_metadata(metadata: dict[str, Any], reached: Iterable[str], manifest: Path) -> Graph:
    """The graph in the answer of ``cargo metadata``; ``reached`` are the ids of the packages that a build needs."""
    wanted = set(reached)
    home = cargo_home().resolve()
    workspace = Path(metadata["workspace_root"])
    local: list[Local] = []
    others: list[str] = []
    for package in metadata["packages"]:
        if package["id"] not in wanted:
            continue
        folder = Path(package["manifest_path"]).parent
        if package["source"] is not None and folder.resolve().is_relative_to(home):
            # What cargo fetched itself it never changes: the name, version and source stand for the content.
            others.append(f"{package['name']} {package['version']} {package['source']}")
            continue
        below = os.path.relpath(folder, workspace) if package["source"] is None else package["source"]
        scripts = [target["src_path"] for target in package["targets"] if "custom-build" in target["kind"]]
        names = {target["name"].replace("-", "_") for target in package["targets"]} | {package["name"]}
        local.append(
            Local(
                package["name"],
                f"{package['name']} {package['version']} {Path(below).as_posix()}",
                folder,
                Path(scripts[0]) if scripts else None,
                tuple(sorted(names)),
            )
        )
    target = Path(metadata["target_directory"])
    return Graph(
        manifest,
        workspace,
        target,
        Path(metadata.get("build_directory") or target),
        tuple(local),
        hashlib.sha256("\n".join(sorted(others)).encode()).hexdigest(),
    )
