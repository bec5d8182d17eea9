"""What build scripts compile or read besides Rust: C sources, headers and other files, as far as the text shows it.

This is for watching files, where an extra file does no harm. So a literal that is the name of a C file, or of a folder
with some, counts anywhere in the script.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...facts.files import text_of
from .manifests import Manifest, build_scripts
from .script_reads import Read, ReadKind, Script

HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".cuh")
_SOURCES = (".c", ".cc", ".cpp", ".cxx", ".m", ".mm", ".cu", ".s", ".S", ".asm", *HEADERS)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)', re.MULTILINE)
_SKIPPED = ("target", ".git")
_SEVERAL = 3  # so many of one kind in a folder are one key


def files(crate: Manifest) -> list[Path]:
    """The files that the build scripts of a crate name, and the headers that their C sources include."""
    found: dict[Path, None] = {}
    for file in build_scripts(crate):
        found.update(dict.fromkeys(_of_script(Script(crate.path.parent, file))))
    return [path for path in found if path.suffix != ".rs" and path.name != "Cargo.toml"]


def keys(crate: Manifest) -> list[Path]:
    """The same as names and globs: ``csrc/**/*.c`` for three or more such files in a folder next to Cargo.toml."""
    folder = crate.path.parent
    groups: dict[tuple[Path, str], list[Path]] = {}
    for path in files(crate):
        inside = path.is_relative_to(folder) and len(path.relative_to(folder).parts) > 1
        top = folder / path.relative_to(folder).parts[0] if inside else path.parent
        groups.setdefault((top, path.suffix), []).append(path)
    named: list[Path] = []
    for (top, suffix), paths in groups.items():
        together = len(paths) >= _SEVERAL and suffix and top != folder
        named += [top / "**" / f"*{suffix}"] if together else paths
    return named


def included(file: Path) -> list[tuple[str, str]]:
    """What a C source includes: pairs of a name in quotes and one in angle brackets, of which one is empty."""
    return _INCLUDE.findall(text_of(file))


def _of_script(script: Script) -> Iterator[Path]:
    folders = [script.folder / read.name for read in script.reads if read.kind == ReadKind.HEADERS]
    for read in script.reads:
        yield from _of_read(script, read, folders)
    names = [announced.name for announced in script.files if announced.name]
    for name in names:
        yield from _below(script.folder / name, script.folder)
    for source in script.sources.values():
        for literal in source.literals.values():
            path = _path(script.folder, literal.value)
            if path and path.suffix in _SOURCES and path.is_file():
                yield from _with_headers(path, folders)
            elif path and path.is_dir():
                yield from (file for file in _below(path, script.folder) if file.suffix in _SOURCES)


def _of_read(script: Script, read: Read, folders: Iterable[Path]) -> Iterator[Path]:
    path = _path(script.folder, read.name)
    if read.kind == ReadKind.VARIABLE or path is None:
        return
    if read.kind == ReadKind.HEADERS:
        yield from (file for file in _below(path, script.folder) if file.suffix in HEADERS)
    elif read.kind == ReadKind.C_SOURCE:
        yield from _with_headers(path, folders)
    else:
        yield from _below(path, script.folder)


def _path(folder: Path, name: str) -> Path | None:
    """A name from the script as a path; None for one that is none, or that is the whole package."""
    if not re.fullmatch(r"[\w./+@-][\w./+@, -]*", name) or name.startswith("/"):
        return None
    path = Path(os.path.normpath(folder / name))
    return None if path == folder or path in folder.parents else path


def _below(path: Path, package: Path) -> Iterator[Path]:
    """A file, or those in a folder; not those that a build makes."""
    if path.is_file():
        yield Path(os.path.normpath(path))
    elif path.is_dir() and _path(package, os.path.relpath(path, package)):
        for current, folders, names in os.walk(os.path.normpath(path)):
            folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
            yield from (Path(current, name) for name in sorted(names))


def _with_headers(path: Path, folders: Iterable[Path]) -> Iterator[Path]:
    """A C source and the project's headers that it includes, in turn."""
    todo, seen = [path], {path}
    while todo:
        file = todo.pop(0)
        if not file.is_file():
            continue
        yield file
        for quoted, angled in included(file):
            places = [*([file.parent] if quoted else []), *folders]
            paths = [Path(os.path.normpath(place / (quoted or angled))) for place in places]
            header = next((one for one in paths if one.is_file()), None)
            if header and header not in seen:
                seen.add(header)
                todo.append(header)
