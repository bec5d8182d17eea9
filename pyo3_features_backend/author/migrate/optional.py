"""An optional PyO3, which the features that a migration removes also turn on (the Cargo book, "Dependency features").

``pyo3/abi3`` turns on an optional ``pyo3``, too; ``pyo3?/abi3`` does not.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..sources.manifests import Manifest, dependencies


def turned_on_by(crate: Manifest, entry: str) -> str | None:
    """What turns on the optional dependency that ``entry`` turns on, and nothing else; None if there is none."""
    key, slash, _ = entry.partition("/")
    if not slash or not any(found.key == key and found.spec.get("optional") for found in dependencies(crate)):
        return None
    # Where `dep:` is used for a dependency, it has no feature of its own name.
    words = [word for entries in crate.features.values() for word in entries]
    return f"dep:{key}" if f"dep:{key}" in words else key


def is_needed(crate: Manifest, feature: str) -> bool:
    """Whether a feature of the crate turns on an optional dependency by itself."""
    return any(entry.startswith("dep:") or turned_on_by(crate, entry) for entry in crate.features[feature])


def is_on(crate: Manifest, names: Iterable[str], wanted: str) -> bool:
    """Whether the features ``names`` of a crate turn on a dependency, for which ``wanted`` is the entry."""
    key, todo, seen = wanted.replace("dep:", ""), list(names), set()
    while todo:
        name = todo.pop()
        if name == wanted or name.startswith(f"{key}/"):
            return True
        if name not in seen:
            seen.add(name)
            todo += crate.features.get(name, ())
    return False
