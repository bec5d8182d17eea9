"""Versions of Python and of crates as tuples of numbers."""

from __future__ import annotations

import re

Python = tuple[int, int]


def version_tuple(text: str) -> tuple[int, ...]:
    """The release numbers at the start of a version: ``"0.30.1-beta" -> (0, 30, 1)``."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(int(part) for part in match.group().split(".")) if match else ()


def python_text(version: Python) -> str:
    """A Python version as text: ``(3, 9) -> "3.9"``."""
    return f"{version[0]}.{version[1]}"


def cp_tag(version: Python) -> str:
    """The Python tag of CPython: ``(3, 9) -> "cp39"``."""
    return f"cp{version[0]}{version[1]}"
