"""Reads PE: what the loader of Windows sees of a DLL (Microsoft's "PE Format", import and export tables)."""

from __future__ import annotations

from typing import NamedTuple

from .data import Data
from .libraries import is_python
from .values import PYTHON_SYMBOL, Binary, BinaryError, Image, Import

_MACHINES = {0x14C: "x86", 0x8664: "amd64", 0xAA64: "arm64", 0x1C4: "arm"}
_EXPORTS, _IMPORTS, _DELAYED = 0, 1, 13
_MOST_LIBRARIES = 4096
_MOST_IMPORTS = 100_000  # CPython exports some 2000
_MOST_EXPORTS = 65_536  # they have numbers of 16 bits


class _Header(NamedTuple):
    machine: str
    wide: bool
    directories: tuple[int, ...]  # the address of each data directory; 0 for none
    sections: tuple[tuple[int, int, int], ...]  # address, size in the file, offset


def read(data: Data) -> Binary:
    """The import and the export table of a DLL. Raises :class:`BinaryError`."""
    header = _header(data)
    needed: list[str] = []
    imports: list[Import] = []
    for delayed in (False, True):
        for library, names in _descriptors(data, header, delayed):
            needed.append(library)
            if names and is_python(library):
                imports += [Import(name, library, delayed) for name in _names(data, header, names)]
            if len(imports) > _MOST_IMPORTS:
                raise BinaryError("its import table is not terminated")
    return Binary(
        "PE",
        (
            Image(
                architecture=header.machine,
                needed=tuple(needed),
                imports=tuple(imports),
                exports=_exports(data, header),
            ),
        ),
    )


def _header(data: Data) -> _Header:
    (start,) = data.unpack("<I", 0x3C)
    if data.read(start, 4) != b"PE\0\0":
        raise BinaryError("it begins as a Windows binary, but has no PE header")
    machine, count, _, _, _, size, _ = data.unpack("<HHIIIHH", start + 4)
    optional = start + 24
    (magic,) = data.unpack("<H", optional)
    if magic not in (0x10B, 0x20B):
        raise BinaryError("its PE header is damaged")
    wide = magic == 0x20B
    table = optional + (112 if wide else 96)
    (directories,) = data.unpack("<I", table - 4)
    return _Header(
        machine=_MACHINES.get(machine, f"machine {machine:#x}"),
        wide=wide,
        directories=tuple(data.unpack("<I", table + number * 8)[0] for number in range(min(directories, 16))),
        sections=tuple(_section(data, optional + size + number * 40) for number in range(min(count, 96))),
    )


def _section(data: Data, at: int) -> tuple[int, int, int]:
    _, address, size, offset = data.unpack("<IIII", at + 8)
    return address, size, offset


def _offset(header: _Header, address: int) -> int:
    """Where in the file a relative virtual address is."""
    for start, size, offset in header.sections:
        if start <= address < start + size:
            return address - start + offset
    raise BinaryError("its tables are outside of its sections")


def _directory(header: _Header, number: int) -> int:
    return header.directories[number] if number < len(header.directories) else 0


def _descriptors(data: Data, header: _Header, delayed: bool) -> list[tuple[str, int]]:
    """(a library, the address of the list of its names) for each imported library."""
    address = _directory(header, _DELAYED if delayed else _IMPORTS)
    found: list[tuple[str, int]] = []
    if not address:
        return found
    at = _offset(header, address)
    while len(found) < _MOST_LIBRARIES:
        if delayed:  # attributes, name, module handle, address table, name table, ...
            attributes, name, _, _, names = data.unpack("<IIIII", at)
            if name and not attributes & 1:
                return found  # addresses instead of relative ones: from Visual C++ 6
            at += 32
        else:  # name table, time, forwarder, name, address table
            names, _, _, name, addresses = data.unpack("<IIIII", at)
            names = names or addresses
            at += 20
        if not name:
            return found
        found.append((data.text(_offset(header, name)), names))
    raise BinaryError("its import table is not terminated")


def _names(data: Data, header: _Header, address: int) -> list[str]:
    """The names of a list; an import by number has no name."""
    at, width = _offset(header, address), 8 if header.wide else 4
    names: list[str] = []
    for number in range(_MOST_IMPORTS):
        (entry,) = data.unpack("<Q" if header.wide else "<I", at + number * width)
        if not entry:
            return names
        if not entry >> (width * 8 - 1):
            names.append(data.text(_offset(header, entry & 0x7FFFFFFF) + 2))
    raise BinaryError("its import table is not terminated")


def _exports(data: Data, header: _Header) -> frozenset[str]:
    address = _directory(header, _EXPORTS)
    if not address:
        return frozenset()
    at = _offset(header, address)
    (count,) = data.unpack("<I", at + 24)
    (names,) = data.unpack("<I", at + 32)
    if not count:
        return frozenset()
    if count > _MOST_EXPORTS:
        raise BinaryError("its export table is damaged")
    exported = set()
    for (name,) in data.rows("<I", _offset(header, names), count):
        offset = _offset(header, name)
        if PYTHON_SYMBOL.match(data.read(offset, 4)):
            exported.add(data.text(offset))
    return frozenset(exported)
