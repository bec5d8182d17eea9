"""pyproject.toml: the build system, and uv's cache keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..errors import NAME
from .tables import parse, table

BACKEND = "pyo3_features_backend"
# What each delegate needs where a project does not say so itself (our own extras).
_NEEDS = {"maturin": ("maturin>=1.14,<2",), "setuptools-rust": ("setuptools-rust>=1.11", "setuptools>=77")}


def _name(requirement: str) -> str:
    """The normalised name of a requirement (PEP 508, PEP 503)."""
    found = re.match(r"\s*([A-Za-z0-9][\w.-]*)", requirement)
    return re.sub(r"[-_.]+", "-", found.group(1)).lower() if found else ""


def build_system(text: str, delegate: str) -> str:
    """Our backend in place of the delegate's, beside what ``requires`` has; the delegate stays named there."""
    document = parse(text)
    system = table(document, "build-system")
    if "requires" not in system:
        system["requires"] = []
    requires = system["requires"]
    named = [_name(str(entry)) for entry in requires]
    missing = [entry for entry in _NEEDS[delegate] if _name(entry) not in named]
    if delegate == "maturin" or "setuptools-rust" in named:
        missing = [entry for entry in missing if _name(entry) == delegate]
    for entry in ([] if NAME in named else [NAME]) + missing:
        _append(requires, entry)
    if system.get("build-backend") != BACKEND:
        system["build-backend"] = BACKEND
    return document.as_string()


def _append(array: Any, entry: Any) -> None:
    """Add to a list in the way in which it is written: a line each where it has lines."""
    before = array.as_string()
    if "\n" not in before:
        array.append(entry)
        return
    found = re.search(r"\n([ \t]+)\S", before)
    array.add_line(entry, indent="\n".replace("\n", found.group(1) if found else "    "))


def cache_keys(text: str, files: Sequence[str]) -> str:
    """``[tool.uv] cache-keys`` with ``files``: by default uv looks at pyproject.toml, setup.py and setup.cfg only, and
    takes a project for unchanged whose Rust sources are not (uv: "Caching", dynamic metadata).
    """
    import tomlkit

    document = parse(text)
    uv = table(document, "tool", "uv")
    known = uv.get("cache-keys")
    if known is None:
        uv["cache-keys"] = known = tomlkit.array()
        known.multiline(True)
    there = {str(entry["file"]) for entry in known if isinstance(entry, dict) and "file" in entry}
    for name in files:
        if name not in there:
            one = tomlkit.inline_table()
            one["file"] = name
            _append(known, one)
    return document.as_string()
