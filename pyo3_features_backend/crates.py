"""The crate graph from ``cargo metadata``: the extension crate and how it depends on PyO3."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import CrateError, Place, ToolchainError
from .toml import line_of

NAMES = ("pyo3", "pyo3-ffi")


@dataclass(frozen=True)
class PyO3:
    """The PyO3 of a crate. ``key`` spells its features (``py/`` for a renamed, ``py?/`` for an optional one)."""

    crate: str
    key: str
    direct: bool
    version: str
    known: frozenset[str]
    on: frozenset[str]
    rust_version: str | None
    place: Place


@dataclass(frozen=True)
class Crate:
    """The extension crate. ``library`` is False for one with only ``bin`` targets."""

    name: str
    manifest: str
    library: bool
    features: frozenset[str]
    pyo3: PyO3 | None


def _cargo(arguments: Sequence[str], cwd: Path) -> str:
    try:
        result = subprocess.run(["cargo", *arguments], cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ToolchainError("cargo is not installed", hint="install Rust: https://rustup.rs") from None
    if result.returncode:
        raise CrateError(
            f"cargo {arguments[0]} failed:\n{result.stderr.strip()}", hint="mend what cargo names above"
        )
    return result.stdout


def read(root: Path, manifest: Path, flags: Sequence[str], triple: str | None) -> Crate:
    """The crate of ``manifest`` as a build with cargo ``flags`` (features, --locked, --config ...) resolves it.

    Raises :class:`CrateError` or :class:`ToolchainError`.
    """
    shown = str(manifest.relative_to(root)) if manifest.is_relative_to(root) else str(manifest)
    if not manifest.is_file():
        raise CrateError(f"there is no {shown}", hint="name it with manifest-path in [tool.maturin]")
    platform = ["--filter-platform", triple] if triple else []
    common = ["--manifest-path", str(manifest), *flags]
    graph = json.loads(_cargo(["metadata", "--format-version", "1", *common, *platform], root))
    packages = {package["id"]: package for package in graph["packages"]}
    nodes = {node["id"]: node for node in graph["resolve"]["nodes"]}
    start = graph["resolve"]["root"]
    if start is None:
        raise CrateError(
            "it is a workspace without a package of its own",
            place=Place(shown),
            hint='set manifest-path = "CRATE/Cargo.toml" in [tool.maturin]',
        )
    package = packages[start]
    kinds = {kind for entry in package["targets"] for kind in entry["crate_types"] if "lib" in entry["kind"] or
             "cdylib" in entry["kind"] or "bin" in entry["kind"]}
    crate = Crate(package["name"], shown, "cdylib" in kinds or "bin" not in kinds, frozenset(package["features"]), None)
    if not any(entry["name"] in NAMES for entry in packages.values()):
        return crate
    # `cargo metadata` unifies workspace siblings and dev-dependencies; `cargo tree` resolves this package alone.
    tree = _cargo(
        ["tree", "-e", "normal,build", "--prefix", "none", "-f", "{p}|{f}", "--color", "never", *common,
         *(["--target", triple] if triple else [])],
        root,
    )
    found: dict[str, dict[str, set[str]]] = {}
    for row in tree.splitlines():
        name_version, _, features = row.replace(" (*)", "").partition("|")
        words = name_version.split()
        if len(words) >= 2 and words[0] in NAMES:
            found.setdefault(words[0], {}).setdefault(words[1][1:], set()).update(filter(None, features.split(",")))
    if not found:
        return crate
    name = "pyo3" if "pyo3" in found else "pyo3-ffi"
    text = manifest.read_text(encoding="utf-8")
    if len(found[name]) > 1:
        raise CrateError(
            f"{crate.name} depends on several versions of {name}: {', '.join(sorted(found[name]))}",
            place=Place(shown, line_of(text, "dependencies", name)),
            hint=f"run `cargo tree -i {name}` and bring them to one version",
        )
    version, on = next(iter(found[name].items()))
    for versions in found.values():
        for features_on in versions.values():
            on |= features_on
    resolved = next(entry for entry in packages.values() if entry["name"] == name and entry["version"] == version)
    direct = next((dep for dep in package["dependencies"] if dep["name"] == name and dep["kind"] != "dev"), None)
    key = (direct["rename"] or name) if direct else name
    line = line_of(text, "dependencies", key, value=None)
    hard = next((feature for feature in sorted(on) if feature.startswith("abi3")), None)
    if hard:
        line = next((number for number, entry in enumerate(text.splitlines(), 1) if hard in entry), line)
    pyo3 = PyO3(name, key + ("?" if direct and direct["optional"] else ""), direct is not None, version,
                frozenset(resolved["features"]), frozenset(on), resolved.get("rust_version"), Place(shown, line))
    assert start in nodes
    return Crate(crate.name, shown, crate.library, crate.features, pyo3)


def rustc(root: Path) -> tuple[str, str]:
    """(release, host triple) of the rustc that builds in ``root``. Raises :class:`ToolchainError`."""
    try:
        result = subprocess.run(["rustc", "-vV"], cwd=root, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ToolchainError("rustc is not installed", hint="install Rust: https://rustup.rs") from None
    facts: dict[str, Any] = dict(row.split(": ", 1) for row in result.stdout.splitlines() if ": " in row)
    if "release" not in facts:
        raise ToolchainError(f"rustc does not answer: {result.stderr.strip()}", hint="see `rustc -vV`")
    return facts["release"], facts["host"]
