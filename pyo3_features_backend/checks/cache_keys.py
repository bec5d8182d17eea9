"""Whether uv notices that the Rust sources changed.

`uv sync` and `uv run` build the project anew only if a file of ``[tool.uv] cache-keys`` changed; without the key those
are pyproject.toml, setup.py and setup.cfg (uv's documentation, "Caching", "Dynamic metadata"). A changed lib.rs is then
not compiled, and the old module is imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import Place
from ..inputs import OTHER_TARGETS, walk
from ..problems import Problem
from ..project import Project
from .codes import finding
from .manifests import Manifest, shown


def check(project: Project, written: Sequence[Manifest]) -> Iterator[Problem]:
    """The finding on the cache keys of a project that is built from the crates of the Cargo.toml files ``written``."""
    files = list(dict.fromkeys(shown(project.root, file) for _, file in sources(written)))
    if not files:
        return
    keys = project.tool("uv").get("cache-keys")
    hint = "set cache-keys = [" + ", ".join(f'{{ file = "{name}" }}' for name in wanted(project.root, written)) + "]"
    if keys is None:
        yield finding(
            "PFB272",
            "`uv sync` and `uv run` look at pyproject.toml, setup.py and setup.cfg only: without cache-keys in "
            "[tool.uv] they do not notice changed Rust sources",
            Place("pyproject.toml", project.place("tool", "uv").line),
            hint + " in [tool.uv]",
        )
        return
    patterns = [glob(text) for text in _globs(keys)]
    blind = [name for name in files if not any(pattern.fullmatch(name) for pattern in patterns)]
    if blind:
        more = f" and {len(blind) - 1} more" if len(blind) > 1 else ""
        yield finding(
            "PFB272",
            f"`uv sync` and `uv run` do not compile a changed {blind[0]}{more}: no entry of cache-keys names it",
            project.place("tool", "uv", "cache-keys"),
            hint,
        )


def _globs(keys: Any) -> Iterator[str]:
    """The files that the keys name; a ``dir`` says only that a folder is there, ``git`` and ``env`` are no files."""
    for key in keys if isinstance(keys, list) else []:
        name = key.get("file") if isinstance(key, dict) else key
        if isinstance(name, str):
            yield os.path.normpath(name).replace(os.sep, "/")


def sources(written: Sequence[Manifest]) -> Iterator[tuple[Manifest, Path]]:
    """The Rust sources of the crates, and their Cargo.toml: (the crate, the file); Cargo.lock where there is one."""
    folders = {one.path.parent for one in written}
    for one in written:
        folder = one.path.parent
        yield one, one.path
        if (folder / "Cargo.lock").is_file():
            yield one, folder / "Cargo.lock"
        for file in walk(folder, frozenset([folder / "target", *folders - {folder}])) if one.package else ():
            if file.suffix == ".rs" and file.relative_to(folder).parts[0] not in OTHER_TARGETS:
                yield one, file


def wanted(root: Path, written: Sequence[Manifest]) -> list[str]:
    """Keys for all that a build compiles and for what uv looks at by itself; as few folders as will do, for uv walks
    each of them."""
    found = [name for name in ("pyproject.toml", "setup.py", "setup.cfg") if (root / name).is_file()]
    files = list(sources(written))
    for one, file in files:
        below = file.relative_to(one.path.parent)
        beside = [other for _, other in files if other.parent == file.parent and other.suffix == ".rs"]
        if len(below.parts) > 1:
            file = one.path.parent / below.parts[0] / "**" / "*.rs"
        elif file.suffix == ".rs" and len(beside) > 1:
            file = one.path.parent / "*.rs"
        found.append(shown(root, file))
    return list(dict.fromkeys(found))


def glob(pattern: str) -> re.Pattern[str]:
    """A glob as uv takes it, by the globset crate: ``*`` and ``?`` match a ``/`` too (seen with uv 0.13)."""
    found, at, braces = "", 0, 0
    while at < len(pattern):
        rest = pattern[at:]
        if rest.startswith("**/"):
            found, at = found + "(?:.*/)?", at + 3
        elif rest[0] == "*":
            found, at = found + ".*", at + 1
        elif rest[0] == "?":
            found, at = found + ".", at + 1
        elif rest[0] == "[" and "]" in rest[2:]:
            end = rest.index("]", 2)
            inner = rest[1:end].replace("\\", "\\\\")
            found, at = found + "[" + ("^" + inner[1:] if inner[0] == "!" else inner) + "]", at + end + 1
        elif rest[0] == "{" or (braces and rest[0] in "},"):
            found, at = found + {"{": "(?:", "}": ")", ",": "|"}[rest[0]], at + 1
            braces += {"{": 1, "}": -1, ",": 0}[rest[0]]
        else:
            found, at = found + re.escape(rest[0]), at + 1
    try:
        return re.compile(found)
    except re.error:  # no glob for uv either, which says so itself
        return re.compile(re.escape(pattern))
