"""The packages that one build compiles: the local ones one by one, the published ones as a digest."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Script(NamedTuple):
    """Code of a package that runs while the build compiles. ``kind`` is "build-script" or "proc-macro".

    ``file`` is its main source file. ``local`` is True if the package is one of the project's own.
    """

    package: str
    kind: str
    file: Path
    local: bool


class Local(NamedTuple):
    """A package whose sources the user can edit.

    ``vendored`` is True for a copy that replaces a published crate. ``hidden`` is True for a package on which a
    published crate depends ([patch] in Cargo.toml): cargo's dep-info does not list its files.
    """

    name: str
    folder: Path
    vendored: bool
    hidden: bool = False


class Graph(NamedTuple):
    """What a build of one package compiles.

    ``manifest`` is the package's Cargo.toml and ``workspace`` the folder of its workspace. ``libraries`` and
    ``programs`` are the crate names that the package itself compiles to. ``locked`` is a digest of every package that
    is not local. ``scripts`` is the code that runs while the build compiles. ``macros`` are the folders of published
    procedural macros, and of the packages that they depend on.
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
    macros: tuple[Path, ...] = ()
