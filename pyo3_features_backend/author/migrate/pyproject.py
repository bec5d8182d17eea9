"""The tables of pyproject.toml other than [build-system]: the backend's, uv's, and those that become empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...facts import toml
from ...facts.project import Project
from ...model.settings import TABLE
from ..edits.tables import Edit, EditKind
from ..sources.manifests import Manifest
from ..sources.rust_sources import cache_keys, unwatched
from .own_table import OwnTable


def without_empty(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """Edits for the tables that are empty after the ``edits``."""
    touched = dict.fromkeys(edit.path[:-1] for edit in edits if edit.path[:-1] == ("tool", "maturin"))
    return [Edit(EditKind.REMOVE_EMPTY_TABLE, path) for path in touched] + _of_distutils(text, edits)


def _of_distutils(text: str, edits: Sequence[Edit]) -> list[Edit]:
    if not any(edit.path[:2] == ("tool", "distutils") for edit in edits):
        return []
    distutils = toml.parse(text)["tool"].get("distutils", {})
    if not any(distutils.values()):
        return [Edit(EditKind.REMOVE_KEY, ("tool", "distutils"))] if "distutils" in toml.parse(text)["tool"] else []
    return (
        [Edit(EditKind.REMOVE_KEY, ("tool", "distutils", "bdist_wheel"))] if distutils.get("bdist_wheel") == {} else []
    )


def for_todays_maturin(project: Project, from_cargo: Sequence[str]) -> list[Edit]:
    """What must be rewritten to keep its meaning: the metadata ``from_cargo`` that maturin before 1.9.2 took
    by itself, and ``sdist-include``, which 0.15 removed (its changelog)."""
    edits: list[Edit] = []
    path: tuple[str, ...] = ("project", "dynamic")
    if "project" in project.table and from_cargo:
        if "dynamic" in project.table["project"]:
            edits += [Edit(EditKind.APPEND, path, field) for field in from_cargo]
        else:
            edits.append(Edit(EditKind.SET_KEY, path, list(from_cargo)))
    old = project.maturin.get("sdist-include")
    if isinstance(old, list) and "include" not in project.maturin:
        path = ("tool", "maturin")
        edits.append(Edit(EditKind.SET_KEY, (*path, "include"), [{"path": name, "format": "sdist"} for name in old]))
        edits.append(Edit(EditKind.REMOVE_KEY, (*path, "sdist-include")))
    return edits


def own_table_edits(project: Project, own: OwnTable) -> list[Edit]:
    """The settings that are not there yet; what the author has set stays."""
    present: dict[str, Any] = project.tool(TABLE)
    edits = [
        Edit(EditKind.SET_KEY, ("tool", TABLE, key), value) for key, value in own.values.items() if key not in present
    ]
    if own.overrides and "overrides" not in present:
        edits.append(Edit(EditKind.SET_KEY, ("tool", TABLE, "overrides"), own.overrides))
    return edits


def cache_key_edits(project: Project, written: Sequence[Manifest]) -> list[Edit]:
    """The keys that [tool.uv] lacks, so that `uv sync` and `uv run` see a changed Rust source."""
    path = ("tool", "uv", "cache-keys")
    keys = project.tool("uv").get("cache-keys")
    wanted = cache_keys(project.root, written)
    if keys is None:
        return [Edit(EditKind.SET_KEY, path, [{"file": name} for name in wanted])]
    return [Edit(EditKind.APPEND, path, {"file": name}) for name in unwatched(project.root, keys, wanted)]
