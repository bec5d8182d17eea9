"""Reads ELF: what the loader of Linux sees of a shared library (the System V ABI, gABI 4.2, chapter 5)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from .data import MOST_SYMBOLS, Data
from .values import PYTHON_SYMBOL, Binary, BinaryError, Image, Import

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ, _DT_GNU_HASH = 1, 4, 5, 6, 10, 0x6FFFFEF5
_SHT_DYNSYM = 11
_GLOBAL, _WEAK, _UNIQUE = 1, 2, 10
_MACHINES = {
    3: "i686",
    8: "mips",
    20: "ppc",
    40: "arm",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
    258: "loongarch64",
}
_MOST_HEADERS = 1024  # segments, sections and entries of .dynamic; a real library has some dozens


class _Header(NamedTuple):
    """What the headers say: the machine, the byte order (as struct writes it), the word size, segments, sections."""

    machine: str
    order: str
    wide: bool
    segments: tuple[tuple[int, int, int, int], ...]  # type, offset, address, size in the file
    sections: tuple[tuple[int, int, int, int], ...]  # type, address, offset, size


def read(data: Data) -> Binary:
    """The dynamic part of a shared library. Raises :class:`BinaryError`."""
    header = _header(data)
    dynamic = next(((offset, size) for kind, offset, _, size in header.segments if kind == _PT_DYNAMIC), None)
    if dynamic is None:  # linked statically, or an object file: nothing is loaded with it
        return Binary("ELF", (Image(architecture=header.machine, needed=(), imports=(), exports=frozenset()),))
    form = header.order + ("qQ" if header.wide else "iI")
    entries: list[tuple[int, int]] = []
    for tag, value in data.rows(form, dynamic[0], min(dynamic[1] // struct.calcsize(form), _MOST_HEADERS)):
        if tag == 0:
            break
        entries.append((tag & 0xFFFFFFFF, value))
    table = dict(entries)
    if _DT_STRTAB not in table or _DT_SYMTAB not in table:
        return Binary("ELF", (Image(architecture=header.machine, needed=(), imports=(), exports=frozenset()),))
    names = Data(data.content, _offset(header, table[_DT_STRTAB]), table.get(_DT_STRSZ, 0))
    needed = tuple(names.text(value) for tag, value in entries if tag == _DT_NEEDED)
    imports, exports = _symbols(data, header, table, names)
    return Binary("ELF", (Image(architecture=header.machine, needed=needed, imports=imports, exports=exports),))


def _header(data: Data) -> _Header:
    word, encoding = data.unpack("BB", 4)
    if word not in (1, 2) or encoding not in (1, 2):
        raise BinaryError("its ELF header is damaged")
    wide, order = word == 2, "<" if encoding == 1 else ">"
    (number,) = data.unpack(order + "H", 18)
    machine = {21: "ppc64le" if encoding == 1 else "ppc64", 22: "s390x" if wide else "s390"}.get(number)
    segments_at, sections_at = data.unpack(order + ("QQ" if wide else "II"), 32 if wide else 28)
    sizes = data.unpack(order + "HHHHH", 54 if wide else 42)
    return _Header(
        machine=machine or _MACHINES.get(number, f"machine {number}"),
        order=order,
        wide=wide,
        segments=tuple(
            _segment(data, order, wide, segments_at + i * sizes[0]) for i in range(min(sizes[1], _MOST_HEADERS))
        ),
        sections=_sections(data, order, wide, (sections_at, sizes[2], sizes[3])),
    )


def _segment(data: Data, order: str, wide: bool, at: int) -> tuple[int, int, int, int]:
    if wide:
        kind, _, offset, address, _, size = data.unpack(order + "IIQQQQ", at)
    else:
        kind, offset, address, _, size = data.unpack(order + "IIIII", at)
    return kind, offset, address, size


def _sections(data: Data, order: str, wide: bool, table: tuple[int, int, int]) -> tuple[tuple[int, int, int, int], ...]:
    """The sections; empty if the table is missing or damaged, because the loader does not need it."""
    at, size, count = table
    rows = []
    try:
        for number in range(min(count, _MOST_HEADERS) if at and size else 0):
            if wide:
                _, kind, _, address, offset, length = data.unpack(order + "IIQQQQ", at + number * size)
            else:
                _, kind, _, address, offset, length = data.unpack(order + "IIIIII", at + number * size)
            rows.append((kind, address, offset, length))
    except BinaryError:
        return ()
    return tuple(rows)


def _offset(header: _Header, address: int) -> int:
    """Where in the file a virtual address is."""
    for kind, offset, start, size in header.segments:
        if kind == _PT_LOAD and start <= address < start + size:
            return address - start + offset
    raise BinaryError("its tables are outside of its segments")


def _count(data: Data, header: _Header, table: dict[int, int], entry: int) -> int:
    """How many dynamic symbols there are; the dynamic section itself does not say."""
    for kind, address, _, size in header.sections:
        if kind == _SHT_DYNSYM and address == table[_DT_SYMTAB]:
            return size // entry
    if _DT_HASH in table and header.machine != "s390x":  # there its words have 8 bytes
        return data.unpack(header.order + "II", _offset(header, table[_DT_HASH]))[1]
    if _DT_GNU_HASH not in table:
        raise BinaryError("it has neither section headers nor a symbol hash table")
    at = _offset(header, table[_DT_GNU_HASH])
    buckets, first, bloom, _ = data.unpack(header.order + "IIII", at)
    at += 16 + bloom * (8 if header.wide else 4)
    last = max((row[0] for row in data.rows(header.order + "I", at, buckets)), default=0)
    if last < first:
        return first
    chain = at + buckets * 4 - first * 4
    while last < MOST_SYMBOLS and not data.unpack(header.order + "I", chain + last * 4)[0] & 1:
        last += 1
    return last + 1


def _symbols(
    data: Data, header: _Header, table: dict[int, int], names: Data
) -> tuple[tuple[Import, ...], frozenset[str]]:
    """(imports, exports) with names like those of Python's symbols."""
    form = header.order + ("IBBHQQ" if header.wide else "IIIBBH")
    start, imports, exports = _offset(header, table[_DT_SYMTAB]), [], []
    matches, content, limit = PYTHON_SYMBOL.match, names.content, names.end
    for row in data.rows(form, start, _count(data, header, table, struct.calcsize(form))):
        name, info, section = (row[0], row[1], row[3]) if header.wide else (row[0], row[3], row[5])
        at = names.start + name
        if at >= limit or not matches(content, at):
            continue
        binding = info >> 4
        if binding not in (_GLOBAL, _WEAK, _UNIQUE):
            continue
        if section:
            exports.append(names.text(name))
        else:
            imports.append(Import(names.text(name), None, binding == _WEAK))
    return tuple(imports), frozenset(exports)
