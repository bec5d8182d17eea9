"""Reads Mach-O, universal files too: what dyld sees of a bundle or a library (mach-o/loader.h, nlist.h, fat.h)."""

from __future__ import annotations

from typing import NamedTuple

from .data import Data
from .formats import FAT, THIN
from .values import PYTHON_SYMBOL, Binary, BinaryError, Image, Import

_MACHINES = {7: "i386", 0x01000007: "x86_64", 12: "arm", 0x0100000C: "arm64", 18: "ppc", 0x01000012: "ppc64"}
_MOST_COMMANDS = 10_000
_MOST_EDGES = 500_000  # of the export trie
_SYMTAB, _DYLD_INFO, _DYLD_INFO_ONLY, _EXPORTS_TRIE = 0x2, 0x22, 0x80000022, 0x80000033
_LIBRARIES = (0xC, 0x80000018, 0x8000001F, 0x20, 0x80000023)  # load, weak, re-export, lazy, upward
_TWO_LEVEL = 0x80
_SPECIAL = 0xFD  # from here on an ordinal means a lookup everywhere, or in the program
_STAB, _TYPE, _EXTERNAL, _WEAK_REFERENCE = 0xE0, 0x0E, 0x01, 0x40


class _Commands(NamedTuple):
    """The load commands that matter: the libraries, the place of the symbols, and that of the export trie."""

    libraries: tuple[str, ...]
    symbols: tuple[int, int, int, int] | None = None  # offset, count, offset and size of the names
    trie: tuple[int, int] | None = None


def read(data: Data) -> Binary:
    """Every architecture of the file. Raises :class:`BinaryError`."""
    magic = data.read(0, 4)
    if magic not in FAT:
        return Binary("Mach-O", (_image(data),))
    (count,) = data.unpack(">I", 4)
    images = []
    for number in range(count):
        if FAT[magic]:
            _, _, offset, size = data.unpack(">IIQQ", 8 + number * 32)
        else:
            _, _, offset, size = data.unpack(">IIII", 8 + number * 20)
        images.append(_image(Data(data.content, offset, size)))
    if not images:
        raise BinaryError("it is a universal file without an architecture")
    return Binary("Mach-O", tuple(images))


def _image(data: Data) -> Image:
    form = THIN.get(data.read(0, 4))
    if form is None:
        raise BinaryError("a part of the universal file is not Mach-O")
    order, wide = form
    machine, _, _, count, _, flags = data.unpack(order + "IIIIII", 4)
    commands = _commands(data, order, 32 if wide else 28, count)
    imports, exports = _symbols(data, order, wide, commands, bool(flags & _TWO_LEVEL))
    if commands.trie:
        exports |= _exported(Data(data.content, data.start + commands.trie[0], commands.trie[1]))
    return Image(
        architecture=_MACHINES.get(machine, f"cpu {machine}"),
        needed=commands.libraries,
        imports=imports,
        exports=exports,
    )


def _commands(data: Data, order: str, at: int, count: int) -> _Commands:
    found, libraries = _Commands(()), []
    if count > _MOST_COMMANDS:
        raise BinaryError("its Mach-O header is damaged")
    for _ in range(count):
        kind, size = data.unpack(order + "II", at)
        if size < 8:
            raise BinaryError("a load command of it is damaged")
        if kind in _LIBRARIES:
            libraries.append(Data(data.content, data.start + at, size).text(data.unpack(order + "I", at + 8)[0]))
        elif kind == _SYMTAB:
            offset, symbols, names, length = data.unpack(order + "IIII", at + 8)
            found = found._replace(symbols=(offset, symbols, names, length))
        elif kind in (_DYLD_INFO, _DYLD_INFO_ONLY):
            offset, length = data.unpack(order + "II", at + 40)
            found = found._replace(trie=(offset, length) if length else found.trie)
        elif kind == _EXPORTS_TRIE:
            offset, length = data.unpack(order + "II", at + 8)
            found = found._replace(trie=(offset, length) if length else found.trie)
        at += size
    return found._replace(libraries=tuple(libraries))


def _symbols(
    data: Data, order: str, wide: bool, commands: _Commands, two_level: bool
) -> tuple[tuple[Import, ...], frozenset[str]]:
    """(imports, exports) with names like those of Python's symbols; each name has a leading underscore."""
    imports, exports = [], []
    if commands.symbols is None:
        return (), frozenset()
    offset, count, names_at, length = commands.symbols
    names = Data(data.content, data.start + names_at, length)
    matches, content, limit = PYTHON_SYMBOL.match, names.content, names.end
    for name, kind, _, description, _ in data.rows(order + ("IBBHQ" if wide else "IBBHI"), offset, count):
        at = names.start + name + 1
        if kind & _STAB or not kind & _EXTERNAL or at >= limit or not matches(content, at):
            continue
        if kind & _TYPE in (0, 0xC):
            library = _library(commands.libraries, description >> 8) if two_level else None
            if library != "":
                imports.append(Import(names.text(name + 1), library, bool(description & _WEAK_REFERENCE)))
        else:
            exports.append(names.text(name + 1))
    return tuple(imports), frozenset(exports)


def _library(libraries: tuple[str, ...], ordinal: int) -> str | None:
    """The library of an ordinal; None if every library is searched, "" for the file itself."""
    if ordinal >= _SPECIAL:
        return None
    if ordinal > len(libraries):
        raise BinaryError("a symbol of it is in a library that it does not name")
    return libraries[ordinal - 1] if ordinal else ""


def _exported(data: Data) -> frozenset[str]:
    """The names in the export trie: dyld looks only there, and `strip` may remove them everywhere else."""
    found: set[str] = set()
    todo, edges, size = [(0, b"")], 0, data.end - data.start
    while todo:
        node, name = todo.pop()
        length, at = _uleb(data, node)
        if length and PYTHON_SYMBOL.match(name, 1):
            found.add(name[1:].decode("utf-8", "replace"))
        at += length
        if at >= size:
            raise BinaryError("its export trie is damaged")
        (children,) = data.unpack("B", at)
        at, edges = at + 1, edges + children
        if edges > _MOST_EDGES or len(name) > 4096:
            raise BinaryError("its export trie has a cycle")
        for _ in range(children):
            edge = data.text(at).encode("utf-8", "replace")
            child, at = _uleb(data, at + len(edge) + 1)
            longer = name + edge
            # Only what can still become one of Python's names.
            if b"__Py".startswith(longer[:4]) or b"_Py".startswith(longer[:3]):
                todo.append((child, longer))
    return frozenset(found)


def _uleb(data: Data, at: int) -> tuple[int, int]:
    """(an unsigned LEB128 number, the offset after it)."""
    value = shift = 0
    while shift < 64:
        (byte,) = data.unpack("B", at)
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise BinaryError("a number in it is not terminated")
