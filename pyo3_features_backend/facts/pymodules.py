"""Reads from a crate's sources which extension modules they define: each ``#[pymodule]`` and each PyInit_ function.

The forms are those of PyO3's guide ("Python modules") and of its macro, pyo3-macros-backend/src/module.rs. The
sources are not parsed. Whatever this cannot read, such as a module that a macro makes, gives no answer instead of a
wrong one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Place
from ..model.crate import Crate, Modules
from ..model.graph import Graph
from . import toml
from .files import text_of
from .query import shown
from .rust_text import Source

_NOT_BUILT = ("target", "tests", "benches", "examples")  # cargo's folders next to src (the Cargo book)
_MOST = 100  # modules in one file: no one writes more, and the time for them is quadratic
_PYMODULE = re.compile(r"#\s*\[\s*(?:::)?(?:\w+\s*::\s*)*pymodule\b")
# Patterns that most builds do not need are strings. The re module caches what it compiles.
_PYMODULE_PATH = r"\s*(?:::)?(?:\w+\s*::\s*)*pymodule\b"
_CALL = r"\w\s*!\s*[(\[{]"  # of a macro
_ATTRIBUTE = re.compile(r"\s*#\s*\[")
_ITEM = re.compile(r"\s*(?:pub\s*(?:\([^)]*\)\s*)?)?(?:unsafe\s+)?(?:fn|mod)\s+(?:r#)?([A-Za-z_]\w*)")
_NAMED = re.compile(r"\bname\s*=\s*(?=\")")
_POSITIONAL = re.compile(r"\bpymodule\s*\(\s*(\w+)\s*[,)]")  # the name in PyO3 0.11 and older
_INIT = re.compile(r"\bPyInit_(\w*)")
# Code that may define a module in a way that is not read here.
_UNREADABLE = re.compile(r"\bpymodule\s+as\b|\bcfg_attr\s*\([^\]]*\bpymodule\b|\binclude!|\bmacro_rules!")
# RustPython and others have a #[pymodule] too, so only a path counts, not an attribute's name.
_USES = r"(?<![\w:])(?:::)?(?<!\w)pyo3\s*::|\buse\s+(?:::)?pyo3\s*;|\bextern\s+crate\s+pyo3\b"
_FILE = r"#\s*\[\s*(?:cfg_attr\s*\([^\]]*)?\bpath\s*=\s*(?=\")"  # the Rust reference, "Modules"
_OTHER_BINDINGS = re.compile(r"^[^#\n]*\b(?:cffi|uniffi|package\.metadata\.maturin)\b", re.MULTILINE)


class _Unknown(Exception):
    """The sources define modules in a way that is not read here."""


class _Found(NamedTuple):
    name: str
    place: Place


def read(crate: Crate, wanted: str, place: Place, root: Path) -> Modules | None:
    """What the sources of ``crate`` and of the local crates below it say about the module ``wanted``.

    ``wanted`` is the name that Python imports, ``place`` where it is declared, and ``root`` the project's folder.
    Returns None if there is nothing to say: the module is there, or it is not known whether it is.
    """
    graph = crate.graph
    if graph is None or not crate.library:
        return None
    own = graph.manifest.parent
    if _OTHER_BINDINGS.search(text_of(graph.manifest)):
        return None
    if crate.pyo3 is None:
        uses = None if _is_another(graph) else _first_use(own, root)
        return Modules(wanted, place, uses=uses) if uses else None
    folders = dict.fromkeys([own, *(package.folder for package in graph.local if not package.vendored)])
    found: list[_Found] = []
    try:
        for folder in folders:
            for file in _main_first(folder):
                for module in _modules(file, root):
                    if module.name == wanted:
                        return None
                    found.append(module)
        if found:
            for folder in folders:
                _check_all_read(folder, wanted)
    except _Unknown:
        return None
    return Modules(wanted, place, found=tuple((each.name, each.place) for each in found)) if found else None


def _is_another(graph: Graph) -> bool:
    """Whether the manifest says that pyo3 is another package, or that only tests or the build script use it."""
    tables = _table(graph.manifest)
    for table in (tables, *tables.get("target", {}).values()):
        if any(kind != "dependencies" and "pyo3" in table[kind] for kind in table if kind.endswith("dependencies")):
            return True
        declared = table.get("dependencies", {}).get("pyo3")
        if isinstance(declared, dict) and declared.get("workspace"):
            inherited = _table(graph.workspace / "Cargo.toml").get("workspace", {})
            declared = inherited.get("dependencies", {}).get("pyo3")
        if isinstance(declared, dict) and declared.get("package", "pyo3") != "pyo3":
            return True
    return False


def _table(manifest: Path) -> dict[str, Any]:
    """A manifest that cargo has read, so that its tables are of the right types."""
    try:
        return toml.parse(text_of(manifest))
    except ValueError:
        return {}


def _check_all_read(folder: Path, wanted: str) -> None:
    """Raise :class:`_Unknown` if the crate has sources elsewhere, or a macro could make the module ``wanted``."""
    sources = list(files(folder))
    read = {file.resolve() for file in sources}
    path = _table(folder / "Cargo.toml").get("lib", {}).get("path")
    if path and (folder / path).resolve() not in read:
        raise _Unknown
    if any(entry.is_symlink() and entry.is_dir() for parent in _folders(folder, sources) for entry in parent.iterdir()):
        raise _Unknown
    word = rf"(?:r#)?{re.escape(wanted)}\b"
    item = re.compile(rf"(?<=\])\s*(?:pub\s*(?:\([^)]*\)\s*)?)?(?:unsafe\s+)?(?:fn|mod)\s+{word}")
    for file in sources:
        text = text_of(file)
        if wanted not in text and "path" not in text:
            continue
        source = Source(text)
        code = source.code
        # A literal without an end does not count.
        paths = [source.literals.get(match.end()) for match in re.finditer(_FILE, code)]
        if any(path is None or (file.parent / path.value).resolve() not in read for path in paths):
            raise _Unknown
        called = (code[match.end() : _closing(code, match.end() - 1)] for match in re.finditer(_CALL, code))
        if any(re.search(rf"\b{word}", arguments) for arguments in called):
            raise _Unknown
        for match in item.finditer(code):  # an attribute macro, if no attribute is #[pymodule], which is read
            if not any(re.match(_PYMODULE_PATH, code[start:]) for start, _ in _attributes_above(code, match.start())):
                raise _Unknown


def _folders(folder: Path, sources: Iterable[Path]) -> set[Path]:
    """The folders of the ``sources`` of the crate in ``folder``, and those above them."""
    parents = {parent for file in sources for parent in file.parents}
    return {parent for parent in parents if folder in (parent, *parent.parents)}


def files(folder: Path, inner: Iterable[Path] = ()) -> Iterator[Path]:
    """The .rs files that a build of the crate in ``folder`` can compile.

    Those of other crates in folders below it are left out; ``inner`` names folders of more such crates.
    """
    others = set(inner) - {folder}
    for current, folders, names in os.walk(folder):
        here = Path(current)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and not (here == folder and name in _NOT_BUILT)
            and here / name not in others
            and not (here / name / "Cargo.toml").is_file()
            and not (here / name / "pyvenv.cfg").is_file()
        )
        # Not a pipe, and not a link that leads nowhere.
        yield from (here / name for name in sorted(names) if name.endswith(".rs") and (here / name).is_file())


def _main_first(folder: Path) -> Iterator[Path]:
    """The files of a crate, src/lib.rs first: the module is there in nearly every crate."""
    first = folder / "src" / "lib.rs"
    if first.is_file():
        yield first
    yield from (file for file in files(folder) if file != first)


def _first_use(folder: Path, root: Path) -> Place | None:
    """Where the sources of a crate first use PyO3."""
    for file in _main_first(folder):
        text = text_of(file)
        if "pyo3" in text or "pymodule" in text:
            source = Source(text)
            if match := re.search(_USES, source.code):
                return Place(shown(root, file), source.line(match.start()))
    return None


def _modules(file: Path, root: Path) -> Iterator[_Found]:
    """The modules that one file defines. Raises :class:`_Unknown`."""
    text = text_of(file)
    if "pymodule" not in text and "PyInit_" not in text and "include!" not in text:
        return
    source = Source(text)
    for match in _INIT.finditer(text):  # in literals too: #[export_name = "PyInit_x"]
        if not match.group(1):
            raise _Unknown
        yield _Found(match.group(1), Place(shown(root, file), source.line(match.start())))
    found = list(_PYMODULE.finditer(source.code))
    if len(found) > _MOST:
        raise _Unknown
    for match in found:
        name = _name(source, match.start())
        if name is None:
            raise _Unknown
        yield _Found(name, Place(shown(root, file), source.line(match.start())))
    if _UNREADABLE.search(source.code):
        raise _Unknown


def _name(source: Source, at: int) -> str | None:
    """The name of the module whose ``#[pymodule]`` starts ``at``; None if it is not written there."""
    code = source.code
    end = min((code.rfind("#", 0, start) for start, _ in _attributes_above(code, at)), default=at)
    while attribute := _ATTRIBUTE.match(code, end):
        closed = _closing(code, attribute.end() - 1)
        if closed is None:
            return None
        text = code[attribute.end() : closed]
        if re.match(r"\s*(?:::)?(?:\w+\s*::\s*)*(?:pymodule|pyo3)\b", text):
            if named := _NAMED.search(code, attribute.end(), closed):
                literal = source.literals.get(named.end())
                return literal.value.rpartition(".")[2] if literal else None
            if "name" in re.findall(r"(\w+)\s*=", text):
                return None
            positional = _POSITIONAL.search(text)
            if positional and positional.group(1) != "submodule":
                return positional.group(1)
        elif re.match(r"\s*cfg_attr\b", text) and "name" in re.findall(r"(\w+)\s*=", text):
            return None
        end = closed + 1
    item = _ITEM.match(code, end)
    return item.group(1) if item else None


def _attributes_above(code: str, at: int) -> Iterator[tuple[int, int]]:
    """Where each attribute above a place starts and ends, without its brackets; the nearest first."""
    while (before := code[:at].rstrip()).endswith("]"):
        opened = _opening(code, len(before) - 1)
        if opened is None or code[:opened].rstrip()[-1:] != "#":
            return
        yield opened + 1, len(before) - 1
        at = code.rfind("#", 0, opened)


def _closing(code: str, at: int) -> int | None:
    """The bracket that closes the one ``at``."""
    depth = 0
    for match in re.compile(r"[()\[\]{}]").finditer(code, at):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return match.start()
    return None


def _opening(code: str, at: int) -> int | None:
    """The bracket that opens the one ``at``."""
    depth = 0
    for place in range(at, -1, -1):
        depth += {"]": 1, "[": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return None
