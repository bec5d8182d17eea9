"""Where a project says by hand what this backend decides: abi3 and extension-module, file by file.

Cargo.toml: the feature lists of pyo3 and pyo3-ffi, whatever they are called, and the crate's own features that turn
PyO3's on. pyproject.toml: the lists of maturin and setuptools-rust. setup.py and setup.cfg are :mod:`setup_files`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .errors import BackendError
from .toml import line_of, line_of_value, read

PACKAGES = ("pyo3", "pyo3-ffi", "pyo3-build-config")
_ABI3 = re.compile(r"abi3(-py\d+)?|abi3t(-py\d+)?")
_DEPENDENCIES = ("dependencies", "build-dependencies")
_NEVER = ("target", "node_modules", "__pycache__", "vendor")


class Hardcoded(NamedTuple):
    """One declaration. ``feature`` is the word as it is written (``pyo3/abi3-py39``), ``name`` PyO3's name of it,
    ``kind`` "abi3" or "extension-module".

    ``where`` is "dependency", "workspace-dependency", "crate-feature", "maturin" or "setuptools-rust"; ``file`` is as
    named from the project's folder; ``path`` leads to the list that holds it: ``("dependencies", "pyo3", "features")``.
    """

    feature: str
    name: str
    kind: str
    where: str
    file: str
    line: int | None
    path: tuple[str | int, ...]


def kind_of(name: str) -> str | None:
    """Whether a PyO3 feature is one that the backend decides: "abi3", "extension-module" or None."""
    if name == "extension-module":
        return name
    return "abi3" if _ABI3.fullmatch(name) else None


def find(root: Path) -> list[Hardcoded]:
    """Everything of the project in ``root``, pyproject.toml first; a manifest that is no TOML is left out."""
    found = list(_in_pyproject(root))
    for manifest in manifests(root):
        try:
            table, text = read(manifest, manifest.name)
        except BackendError:
            continue  # cargo says what is wrong with it
        file = Path(os.path.relpath(manifest, root)).as_posix()
        found += _in_manifest(table, text, file)
    return found


def manifests(root: Path) -> list[Path]:
    """The Cargo.toml files of a project: those below ``root``, and the workspace that one of them is a member of."""
    found = []
    for current, folders, files in os.walk(root):
        here = Path(current)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and name not in _NEVER and not (here / name / "pyvenv.cfg").exists()
        )
        if "Cargo.toml" in files:
            found.append(here / "Cargo.toml")
    above = next((folder / "Cargo.toml" for folder in root.parents if _is_workspace(folder / "Cargo.toml")), None)
    return [*found, above] if above and found and not any(_is_workspace(one) for one in found) else found


def _is_workspace(manifest: Path) -> bool:
    return manifest.is_file() and bool(
        re.search(r"^\s*\[workspace[\].]", manifest.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    )


def on_by_default(manifest: Path) -> set[str]:
    """The crate's own features that its ``default`` turns on."""
    features = read(manifest, manifest.name)[0].get("features", {})
    todo, on = ["default"], set()
    while todo:
        name = todo.pop()
        if name not in on:
            on.add(name)
            todo += [word for word in features.get(name, ()) if word in features]
    return on - {"default"}


def _tables(table: Mapping[str, Any], *path: str) -> Any:
    for name in path:
        table = table.get(name, {}) if isinstance(table, Mapping) else {}
    return table if isinstance(table, Mapping) else {}


def _dependency_tables(table: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    yield from ((name,) for name in _DEPENDENCIES)
    for target in _tables(table, "target"):
        yield from (("target", target, name) for name in _DEPENDENCIES)
    yield ("workspace", "dependencies")


def _in_manifest(table: Mapping[str, Any], text: str, file: str) -> Iterator[Hardcoded]:
    keys = set(PACKAGES)
    for path in _dependency_tables(table):
        for key, value in _tables(table, *path).items():
            if (value.get("package", key) if isinstance(value, Mapping) else key) not in PACKAGES:
                continue
            keys.add(key)
            where = "workspace-dependency" if path[0] == "workspace" else "dependency"
            listed = value.get("features", ()) if isinstance(value, Mapping) else ()
            yield from _listed(listed, (*path, key, "features"), where, text, file, None)
    for name, words in _tables(table, "features").items():
        yield from _listed(words, ("features", name), "crate-feature", text, file, keys)


def _in_pyproject(root: Path) -> Iterator[Hardcoded]:
    table, text = read(root / "pyproject.toml", "pyproject.toml")
    keys = set(PACKAGES)
    maturin = _tables(table, "tool", "maturin")
    yield from _listed(
        maturin.get("features", ()), ("tool", "maturin", "features"), "maturin", text, "pyproject.toml", keys
    )
    for kind in ("ext-modules", "bins"):
        modules = _tables(table, "tool", "setuptools-rust").get(kind, ())
        for number, one in enumerate(modules if isinstance(modules, list) else ()):
            path = ("tool", "setuptools-rust", kind, number, "features")
            yield from _listed(one.get("features", ()), path, "setuptools-rust", text, "pyproject.toml", keys)


def _listed(
    words: Iterable[Any], path: tuple[str | int, ...], where: str, text: str, file: str, keys: set[str] | None
) -> Iterator[Hardcoded]:
    """Those of a list of features; ``keys`` are the dependencies before a slash, None in a dependency's own list."""
    for entry in words if isinstance(words, (list, tuple)) else ():
        word = entry.get("feature") if isinstance(entry, Mapping) else entry
        if not isinstance(word, str):
            continue
        before, slash, name = word.rpartition("/")
        if (keys is None) == bool(slash) or (keys is not None and before.rstrip("?") not in keys):
            continue
        if kind := kind_of(name):
            line = line_of_value(text, word, *path) or line_of(text, *path)
            yield Hardcoded(word, name, kind, where, file, line, path)
