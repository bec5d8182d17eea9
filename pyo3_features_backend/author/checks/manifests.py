"""The Cargo.toml files that a project's build reads, as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...build.gather import Facts
from ..sources import hardcoded
from ..sources.paths import shown


class ManifestText(NamedTuple):
    """A Cargo.toml; ``shown`` is its path relative to the project's folder."""

    path: Path
    shown: str
    text: str

    @property
    def package(self) -> bool:
        return re.search(r"^\s*\[package\]", self.text, re.MULTILINE) is not None


def of(root: Path, facts: Facts | None) -> list[ManifestText]:
    """The Cargo.toml of the extension crates, of their path dependencies, and of their workspaces, in this order;
    without ``facts`` all that the files of ``root`` lead to."""
    paths = hardcoded.manifests(root) if facts is None else dict.fromkeys([*_own(facts), *_others(facts)])
    return [
        ManifestText(path, shown(root, path), path.read_text(encoding="utf-8", errors="replace"))
        for path in paths
        if path.is_file()
    ]


def _own(facts: Facts) -> Iterator[Path]:
    for crate in facts.crates:
        if crate:  # None for a program next to the extensions
            yield crate.graph.manifest if crate.graph else facts.project.root / crate.manifest


def _others(facts: Facts) -> Iterator[Path]:
    graphs = [crate.graph for crate in facts.crates if crate and crate.graph]
    for graph in graphs:
        # The project cannot edit a vendored crate.
        yield from (package.folder / "Cargo.toml" for package in graph.local if not package.vendored)
    yield from (graph.workspace / "Cargo.toml" for graph in graphs)
