"""A wheel and the binaries in it, as values: the readers make them, and the checks use them."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import BackendError


class BinaryError(BackendError):
    """A file has the first bytes of a binary, but cannot be read as one."""


class WheelError(BackendError):
    """A file is not a wheel, or cannot be read as one."""


class Import(NamedTuple):
    """A symbol that a binary takes from elsewhere.

    ``library`` is the library that must have it, and None if the format does not say (ELF, and Mach-O with a
    flat lookup). A ``weak`` one may be missing at run time.
    """

    name: str
    library: str | None = None
    weak: bool = False


class Image(NamedTuple):
    """A binary for one architecture; a universal Mach-O file has several.

    ``needed`` lists the libraries that it is linked with, as the file names them. Only symbols with
    names like those of Python's are kept; ``exports`` are those that the file defines for others.
    """

    architecture: str
    needed: tuple[str, ...]
    imports: tuple[Import, ...]
    exports: frozenset[str]


class Binary(NamedTuple):
    """A binary file. ``format`` is "ELF", "Mach-O" or "PE"."""

    format: str
    images: tuple[Image, ...]

    @property
    def exports(self) -> frozenset[str]:
        """The exports of every image."""
        return frozenset().union(*(image.exports for image in self.images))

    @property
    def architectures(self) -> tuple[str, ...]:
        """The architectures, in the order of the file."""
        return tuple(dict.fromkeys(image.architecture for image in self.images))


class File(NamedTuple):
    """A member of a wheel that may be a binary.

    ``path`` is its name in the archive, ``installed`` where it is installed below site-packages. ``bundled`` says that,
    by its folder or its name, it is a library and not an extension module. ``binary`` is None if it is not one or was
    not read: ``damage`` says why it could not be, ``skipped`` why it should not.
    """

    path: str
    installed: str
    bundled: bool = False
    binary: Binary | None = None
    damage: str = ""
    skipped: str = ""


NO_BINARY = "it is neither ELF nor Mach-O nor PE"


class Tag(NamedTuple):
    """One tag of PEP 425."""

    python: str
    abi: str
    platform: str


class Wheel(NamedTuple):
    """A wheel. ``tags`` are those of its name, ``recorded`` those of its WHEEL file; ``packages`` are the folders with
    an ``__init__`` in Python.
    """

    name: str
    project: str
    tags: tuple[Tag, ...]
    recorded: tuple[Tag, ...]
    requires_python: str | None
    files: tuple[File, ...]
    packages: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The python and ABI tags as in the name: ``cp39-abi3``."""
        pythons = ".".join(dict.fromkeys(tag.python for tag in self.tags))
        return f"{pythons}-{'.'.join(dict.fromkeys(tag.abi for tag in self.tags))}"


PYTHON_SYMBOL = re.compile(rb"_?Py[A-Z_]")
