"""Reads a binary of any format. It reads only imports and exports, so it needs no other package."""

from __future__ import annotations

from .data import Content, Data
from .formats import ELF, PE, START, is_binary
from .values import NO_BINARY, Binary, BinaryError


def read(content: Content) -> Binary:
    """The imports and exports of a binary. Raises :class:`BinaryError` for a damaged one.

    Most wheels contain binaries of one format, so only its reader is imported.
    """
    data = Data(content)
    start = data.read(0, min(START, data.end))
    if start.startswith(ELF):
        from . import elf

        return elf.read(data)
    if start.startswith(PE):
        from . import pe

        return pe.read(data)
    if is_binary(start):
        from . import macho

        return macho.read(data)
    raise BinaryError(NO_BINARY)
