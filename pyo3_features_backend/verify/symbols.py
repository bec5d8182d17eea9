"""Checks whether the Pythons of the tag have the symbols that the binaries of a wheel use. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..model.problem import Problem
from ..model.version import Python, python_text
from ..model.words import Abi, Severity
from . import tags
from .exported import FIRST, NEWEST
from .libraries import is_python
from .modules import ENTRIES
from .problems import listed, problem
from .stable_abi import StableAbi
from .tags import Claim
from .values import File, Wheel

# Libraries of the Linux system; the symbols of any other library are not known.
_SYSTEM = re.compile(
    r"(?:lib(?:c|m|dl|rt|util|pthread|gcc_s|stdc\+\+|resolv|nsl|crypt|atomic|gomp|log|android|z)\b.*|ld-.*|libc\.musl.*)"
)


class Symbols(NamedTuple):
    """What one file uses from Python: ``taken`` counts the symbols. ``newer`` are those that the Python of the tag
    does not have, each with the first that has it, ``outside`` those that are not in the stable ABI, and ``unknown``
    those for which neither is known.
    """

    path: str
    taken: int
    newer: tuple[tuple[str, Python], ...] = ()
    outside: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def examine(wheel: Wheel, abi: StableAbi) -> list[Symbols]:
    """The symbols of each file that has been read."""
    promised = tags.claims(wheel.tags)
    defined = frozenset().union(*(file.binary.exports for file in wheel.files if file.binary))
    bundled = {file.path.rpartition("/")[2] for file in wheel.files}
    found = []
    for file in wheel.files if promised else ():
        names = sorted(set(_taken(file)) - defined)
        families = {name.partition("_")[0] for name in abi.added}
        newer, outside, unknown = {}, [], []
        for name in names:
            state = _state(name, promised, abi)
            if isinstance(state, tuple):
                newer[name] = state
            elif state == "outside" and (name.partition("_")[0] in families or not _foreign(file, bundled)):
                outside.append(name)
            elif state:
                unknown.append(name)
        if file.binary and (names or not file.bundled):
            found.append(
                Symbols(
                    path=file.path,
                    taken=len(names),
                    newer=tuple(newer.items()),
                    outside=tuple(outside),
                    unknown=tuple(unknown),
                )
            )
    return found


def _taken(file: File) -> Iterator[str]:
    """The symbols that a file must find in Python when it is loaded."""
    for image in file.binary.images if file.binary else ():
        for symbol in image.imports:
            python = symbol.library is None or is_python(symbol.library)
            if python and not symbol.weak and not symbol.name.startswith(ENTRIES):
                yield symbol.name


def _foreign(file: File, bundled: set[str]) -> bool:
    """Whether a file links a library that was not read, and that may define symbols itself."""
    images = file.binary.images if file.binary else ()
    needed = {name.rpartition("/")[2] for image in images for name in image.needed}
    return any(not _SYSTEM.fullmatch(name) and name not in bundled and not is_python(name) for name in needed)


def _state(name: str, promised: Iterable[Claim], abi: StableAbi) -> Python | str | None:
    """The Python that has a symbol first, if the tag promises an older one; "outside", "unknown", or None if it
    is fine.
    """
    added = abi.added.get(name)
    for claim in promised:
        if claim.abi == Abi.VERSION_SPECIFIC:
            # Outside of the stable ABI nothing is known, and inside of it only what the symbol was before.
            first = FIRST.get(name, added)
            known = claim.version <= NEWEST or name in FIRST
            if first and known and first > claim.version:
                return first
        elif added is None:
            return "outside" if claim.version < abi.newest else "unknown"
        elif added > claim.version:
            return added
    return None


def judge(wheel: Wheel, examined: Iterable[Symbols]) -> list[Problem]:
    """The problems of the symbols."""
    found = []
    stable = any(claim.abi != Abi.VERSION_SPECIFIC for claim in tags.claims(wheel.tags))
    for symbols in examined:
        if symbols.newer:
            found.append(_newer(wheel, symbols, stable))
        if symbols.outside:
            message = (
                f"{symbols.path} needs {listed(symbols.outside)}, not part of the stable ABI; the tag is {wheel.label}"
            )
            hint = "compile it with Py_LIMITED_API (PyO3: an abi3 feature), or tag the wheel for one Python"
            found.append(problem(wheel, "PFB341", message, hint))
        if symbols.unknown:
            message = f"{symbols.path} needs {listed(symbols.unknown)}, and it is not known whether Python has it"
            hint = "look for the library that defines it, or update abi3info"
            found.append(problem(wheel, "PFB342", message, hint, Severity.WARNING))
    return found


def _newer(wheel: Wheel, symbols: Symbols, stable: bool) -> Problem:
    names = [f"{name} (since {python_text(first)})" for name, first in symbols.newer]
    needed = max(first for _, first in symbols.newer)
    has = "the stable ABI" if stable else "CPython"
    message = f"{symbols.path} needs {listed(names)}, which {has} does not have before; the tag is {wheel.label}"
    if stable:
        hint = f"raise the floor to {python_text(needed)}, or avoid the code that needs the symbol"
        return problem(wheel, "PFB340", message, hint)
    hint = "the file is not compiled for the Python of the tag: build it with that one, or without an abi3 feature"
    return problem(wheel, "PFB343", message, hint)
