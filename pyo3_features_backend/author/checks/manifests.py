"""The Cargo.toml files that a project's build reads, as text: for places, and for what lies beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...build.gather import Facts
from ..sources import hardcoded
from ..sources.paths import shown


class ManifestText(NamedTuple):
    """A Cargo.toml; ``shown`` names it from the project's folder, ``package`` says that it has one."""

    path: Path
    shown: str
    text: str

    @property
    def package(self) -> bool:
        return re.search(r"^\s*\[package\]", self.text, re.MULTILINE) is not None


def of(root: Path, facts: Facts | None) -> list[ManifestText]:
    """Those of the extension crates, of the crates that they take from beside them, and of their workspaces, in this
    order; without ``facts`` all below ``root``."""
    paths = hardcoded.manifests(root) if facts is None else dict.fromkeys([*_own(facts), *_others(facts)])
    return [
        ManifestText(path, shown(root, path), path.read_text(encoding="utf-8", errors="replace"))
        for path in paths
        if path.is_file()
    ]


def _own(facts: Facts) -> Iterator[Path]:
    for crate in facts.crates:
        if crate:  # that of a program beside the extensions is not read
            yield crate.graph.manifest if crate.graph else facts.project.root / crate.manifest


def _others(facts: Facts) -> Iterator[Path]:
    graphs = [crate.graph for crate in facts.crates if crate and crate.graph]
    for graph in graphs:
        # A vendored crate has a source in its key: nobody edits it.
        yield from (package.folder / "Cargo.toml" for package in graph.local if not package.vendored)
    yield from (graph.workspace / "Cargo.toml" for graph in graphs)
