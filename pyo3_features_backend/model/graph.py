"""What one build compiles: its local packages, and the published ones as one digest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Script(NamedTuple):
    """Code of a package that runs during a compile: ``kind`` is "build-script" or "proc-macro".

    ``file`` is its main source, ``local`` says that the package is one of the project's own.
    """

    package: str
    kind: str
    file: Path
    local: bool


class Local(NamedTuple):
    """A package whose sources somebody can edit; ``vendored`` for one that stands in for a published crate, ``hidden``
    for one on which a published crate depends ([patch] in Cargo.toml): cargo's dep-info does not reach it.
    """

    name: str
    folder: Path
    vendored: bool
    hidden: bool = False


class Graph(NamedTuple):
    """One workspace's part of a build.

    ``libraries`` and ``programs`` are the names of what the package itself compiles to, ``locked`` is a digest of every
    package that is not local, ``scripts`` is the code that runs during the compile.
    """

    manifest: Path
    workspace: Path
    target_directory: Path
    build_directory: Path
    local: tuple[Local, ...]
    libraries: tuple[str, ...]
    programs: tuple[str, ...]
    locked: str
    scripts: tuple[Script, ...] = ()
