"""The Rust sources of a crate: its files, the features that gate code in them, and what uv has to watch."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...facts import pymodules
from ...facts.files import text_of
from . import compiled_files
from .manifests import Manifest
from .paths import shown

_CFG = re.compile(r'\bfeature\s*=\s*"([^"]+)"')
_BUILD_SCRIPT = re.compile(r"\bCARGO_FEATURE_([A-Z0-9_]+)")
_INCLUDED = re.compile(r'\binclude(?:_str|_bytes)?!\s*[(\[{]\s*"([^"]+)"')


_LONGEST = 4096  # characters; no longer path can be opened on Linux, nor on other systems


def files(crate: Manifest, others: Iterable[Manifest] = ()) -> Iterator[Path]:
    """The .rs files that a build of ``crate`` can compile; those of ``others`` in folders below it are left out."""
    yield from pymodules.files(crate.path.parent, (manifest.path.parent for manifest in others))


def gates(crate: Manifest) -> set[str]:
    """The features of ``crate`` that its sources name in a cfg, or that its build script asks for."""
    features: set[str] = set()
    for file in files(crate):
        text = text_of(file)
        features.update(_CFG.findall(text))
        asked = set(_BUILD_SCRIPT.findall(text))
        features.update(name for name in crate.features if name.upper().replace("-", "_") in asked)
    return features & set(crate.features)


def cache_keys(root: Path, written: Sequence[Manifest]) -> list[str]:
    """The files and globs that ``[tool.uv] cache-keys`` needs for a project that is built from the crates ``written``,
    with what their build scripts compile.

    uv rebuilds only if one of them changed; the list replaces uv's default (pyproject.toml, setup.py, setup.cfg). uv
    matches ``*.rs`` at any depth, so with a ``target`` folder next to it each build would be a change.
    """
    others = ("setup.py", "setup.cfg", "MANIFEST.in")
    keys = ["pyproject.toml", *(name for name in others if (root / name).is_file())]
    for manifest in written:
        folder = manifest.path.parent
        keys.append(shown(root, manifest.path))
        own = [*files(manifest, written)] if manifest.name else []
        tops = dict.fromkeys(file.relative_to(folder).parts[0] for file in own)
        for top in tops:
            keys.append(shown(root, folder / top if top.endswith(".rs") else folder / top / "**" / "*.rs"))
        included = _included(own)
        for path in included:
            similar = [other for other in included if (other.parent, other.suffix) == (path.parent, path.suffix)]
            keys.append(shown(root, path if len(similar) < 3 else path.parent / f"*{path.suffix}"))
        keys += [shown(root, path) for path in compiled_files.keys(manifest)]
        for name in ("Cargo.lock", "rust-toolchain.toml", "rust-toolchain", ".cargo/config.toml"):
            if (folder / name).is_file():
                keys.append(shown(root, folder / name))
    return list(dict.fromkeys(keys))


def _included(sources: Iterable[Path]) -> list[Path]:
    """The files other than Rust that the sources include with include_str! and the like."""
    paths = []
    for file in sources:
        for name in _INCLUDED.findall(text_of(file)):
            path = Path(os.path.normpath(file.parent / name))
            if path.is_file() and path.suffix != ".rs":
                paths.append(path)
    return paths


def unwatched(root: Path, keys: Any, wanted: Iterable[str]) -> list[str]:
    """Those of ``wanted`` that the ``cache-keys`` of a project do not watch: no key names them or all that they match.

    ``keys`` is the list of pyproject.toml; a ``dir``, ``git`` or ``env`` says nothing about a file's content.
    """
    entries = keys if isinstance(keys, list) else []
    names = [entry if isinstance(entry, str) else entry.get("file") for entry in entries]
    patterns = [glob(os.path.normpath(name).replace(os.sep, "/")) for name in names if isinstance(name, str)]

    def watched(name: str) -> bool:
        matched = [name]
        if "*" in name:
            start, suffix = root / name.partition("*")[0], name.rpartition("*")[2]
            matched = [shown(root, file) for file in start.rglob(f"*{suffix}")]
        return all(any(pattern.fullmatch(file) for pattern in patterns) for file in matched)

    return [name for name in wanted if not watched(name)]


def glob(pattern: str) -> re.Pattern[str]:
    """A cache key as uv reads it: what comes before the first part with a wildcard is a folder, the rest a pattern as
    in .gitignore, so one without a slash matches names at any depth (uv's cache_info.rs, by the globwalk crate)."""
    if len(pattern) > _LONGEST:
        return re.compile("(?!)")
    parts = pattern.split("/")
    first = next((at for at, part in enumerate(parts) if re.search(r"[*?\[{]", part)), len(parts))
    pieces = [re.escape("/".join([*parts[:first], ""]))]
    rest = "/".join(parts[first:])
    if rest and "/" not in rest:
        pieces.append("(?:.*/)?")
    at = braces = 0
    while at < len(rest):
        piece, taken = re.escape(rest[at]), 1
        if rest.startswith("**/", at):
            piece, taken = "(?:.*/)?", 3
        elif at == len(rest) - 2 and rest.endswith("**"):
            piece, taken = ".*", 2
        elif rest[at] in "*?":
            piece = "[^/]" + rest[at].replace("?", "")
        elif rest[at] == "[" and (end := rest.find("]", at + 2)) > 0:
            taken = end + 1 - at
            inner = rest[at + 1 : end].replace("\\", "\\\\")
            piece = "[" + ("^" + inner[1:] if inner[0] == "!" else inner) + "]"
        elif rest[at] == "{" or (braces and rest[at] in "},"):
            piece = {"{": "(?:", "}": ")", ",": "|"}[rest[at]]
            braces += {"{": 1, "}": -1, ",": 0}[rest[at]]
        # Twice the same star matches nothing more, but takes twice the time for each.
        if piece != pieces[-1] or not piece.endswith(("*", ")?")):
            pieces.append(piece)
        at += taken
    expression = "".join(pieces)
    try:
        return re.compile(expression[:-1] if first == len(parts) else expression)
    except (re.error, RecursionError, OverflowError):  # none for uv either, which says so itself
        return re.compile(re.escape(pattern))
