"""Reads a binary of any format. It reads only imports and exports, so it needs no other package."""

from __future__ import annotations

from . import elf, macho, pe
from .data import Content, Data
from .values import NO_BINARY, Binary, BinaryError

START = 8  # bytes that tell whether a file is a binary


def is_binary(start: bytes) -> bool:
    """Whether a file with these first bytes is one of the three formats."""
    return (
        start.startswith((elf.MAGIC, pe.MAGIC))
        or macho.is_universal(start)
        or (start.startswith(macho.MAGICS) and not start.startswith((b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf")))
    )


def read(content: Content) -> Binary:
    """The imports and exports of a binary. Raises :class:`BinaryError` for a damaged one."""
    data = Data(content)
    start = data.read(0, min(START, data.end))
    if start.startswith(elf.MAGIC):
        return elf.read(data)
    if start.startswith(pe.MAGIC):
        return pe.read(data)
    if is_binary(start):
        return macho.read(data)
    raise BinaryError(NO_BINARY)
