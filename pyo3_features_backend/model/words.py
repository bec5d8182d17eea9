"""The enumerations. Each member is a string, so JSON and messages contain it as it is written here."""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """A string enumeration whose members print as their values."""

    def __str__(self) -> str:
        return str(self.value)

    # From Python 3.12 on, the default would print the name of the class too (python/cpython#94763).
    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)


class Abi(Word):
    """The ABI of a wheel: stable, stable for free-threaded Pythons (PEP 803), or of one Python version."""

    ABI3 = "abi3"
    ABI3T = "abi3t"
    VERSION_SPECIFIC = "version-specific"


class Severity(Word):
    """Whether a problem stops a build."""

    ERROR = "error"
    WARNING = "warning"


class DelegateName(Word):
    """The tool that compiles, by the name that projects use."""

    MATURIN = "maturin"
    SETUPTOOLS_RUST = "setuptools-rust"
