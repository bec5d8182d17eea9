"""Bounded access to the bytes of a binary."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap
from typing import Union

from .values import BinaryError

Content = Union[bytes, mmap]

# No linker writes a longer name, and no real library so many symbols: libtorch_cuda.so, a gigabyte, has 400 000.
LONGEST_NAME = 65_536
MOST_SYMBOLS = 2_000_000


class Data:
    """A part of a file: ``size`` bytes from ``start``. Reading outside of it raises :class:`BinaryError`."""

    def __init__(self, content: Content, start: int = 0, size: int | None = None) -> None:
        self.content = content
        self.start = start
        self.end = len(content) if size is None else start + size
        if not 0 <= start <= self.end <= len(content):
            raise BinaryError("it is truncated")

    def unpack(self, form: str, offset: int) -> tuple[int, ...]:
        """The numbers at ``offset``, in a format of :mod:`struct`."""
        return struct.unpack(form, self.read(offset, struct.calcsize(form)))

    def read(self, offset: int, size: int) -> bytes:
        """``size`` bytes at ``offset``."""
        first = self.start + offset
        if offset < 0 or size < 0 or first + size > self.end:
            raise BinaryError("it is truncated")
        return self.content[first : first + size]

    def rows(self, form: str, offset: int, count: int) -> Iterator[tuple[int, ...]]:
        """``count`` rows of numbers, one after the other."""
        if count > MOST_SYMBOLS:
            raise BinaryError(f"it has {count} symbols, more than any real binary")
        return struct.iter_unpack(form, self.read(offset, struct.calcsize(form) * count))

    def text(self, offset: int) -> str:
        """The text at ``offset`` up to a NUL."""
        first = self.start + offset
        if offset < 0 or first >= self.end:
            raise BinaryError("it is truncated")
        last = self.content.find(b"\0", first, min(self.end, first + LONGEST_NAME))
        if last < 0:
            raise BinaryError("a name in it is not terminated")
        return self.content[first:last].decode("utf-8", "replace")
