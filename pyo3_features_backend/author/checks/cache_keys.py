"""Whether uv notices changed Rust sources.

`uv sync` and `uv run` rebuild the project only if a file of ``[tool.uv] cache-keys`` changed; without the key those
are pyproject.toml, setup.py and setup.cfg (uv's documentation, "Caching", "Dynamic metadata"). A changed lib.rs is then
not compiled, and Python imports the old module.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...errors import Place
from ...facts.project import Project
from ...model.problem import Problem
from ..sources import compiled_files, rust_sources
from ..sources.manifests import Manifest, read_all
from ..sources.paths import shown
from .codes import finding


def check(project: Project, paths: Iterable[Path]) -> Iterator[Problem]:
    """The problem of the cache keys of a project that is built from the crates of the Cargo.toml files ``paths``."""
    crates = read_all(project.root, paths, lenient=True)
    files = list(dict.fromkeys(shown(project.root, file) for file in _sources(crates)))
    if not files:
        return
    keys = project.tool("uv").get("cache-keys")
    wanted = rust_sources.cache_keys(project.root, crates)
    hint = "set cache-keys = [" + ", ".join(f'{{ file = "{name}" }}' for name in wanted) + "]"
    if keys is None:
        yield finding(
            "PFB272",
            "`uv sync` and `uv run` only look at pyproject.toml, setup.py and setup.cfg: without cache-keys in "
            "[tool.uv] they do not notice changed Rust sources",
            Place("pyproject.toml", project.place("tool", "uv").line),
            hint + " in [tool.uv]",
        )
        return
    patterns = [rust_sources.glob(text) for text in _globs(keys)]
    blind = [name for name in files if not any(pattern.fullmatch(name) for pattern in patterns)]
    if blind:
        rest = f" and {len(blind) - 1} more" if len(blind) > 1 else ""
        yield finding(
            "PFB272",
            f"`uv sync` and `uv run` do not compile a changed {blind[0]}{rest}: no entry of cache-keys covers it",
            project.place("tool", "uv", "cache-keys"),
            hint,
        )


def _globs(keys: Any) -> Iterator[str]:
    """The files that the keys name; a ``dir`` watches only that a folder exists, ``git`` and ``env`` are not files."""
    for key in keys if isinstance(keys, list) else []:
        name = key.get("file") if isinstance(key, dict) else key
        if isinstance(name, str):
            yield os.path.normpath(name).replace(os.sep, "/")


def _sources(crates: Sequence[Manifest]) -> Iterator[Path]:
    """The Rust sources of the crates, what their build scripts compile, and their Cargo.toml; Cargo.lock if there is
    one."""
    for manifest in crates:
        yield manifest.path
        yield from (lock for lock in [manifest.path.with_name("Cargo.lock")] if lock.is_file())
        if manifest.name:
            yield from rust_sources.files(manifest, crates)
            yield from compiled_files.files(manifest)
