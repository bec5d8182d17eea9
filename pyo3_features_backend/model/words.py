"""The fixed sets of words: each is a string, so that JSON and messages have it as it is written here."""

from __future__ import annotations

from enum import Enum


class Word(str, Enum):
    """A word of a fixed set; prints as the word itself."""

    def __str__(self) -> str:
        return str(self.value)

    # Before Python 3.12 the word, since then otherwise the name of the class too (python/cpython#94763).
    def __format__(self, spec: str) -> str:
        return format(str(self.value), spec)


class Abi(Word):
    """What a wheel is for: many Pythons with the GIL, many free-threaded ones, or one Python."""

    ABI3 = "abi3"
    ABI3T = "abi3t"
    VERSION_SPECIFIC = "version-specific"


class Severity(Word):
    """Whether a problem stops a build."""

    ERROR = "error"
    WARNING = "warning"


class DelegateName(Word):
    """What compiles, as projects name it."""

    MATURIN = "maturin"
    SETUPTOOLS_RUST = "setuptools-rust"
