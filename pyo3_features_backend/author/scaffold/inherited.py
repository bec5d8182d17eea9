"""What a crate takes from its workspace: each key with ``workspace = true`` (the Cargo book, "Workspaces")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...errors import Place, ProjectError
from ...facts.toml import line_of
from ..sources import manifests
from ..sources.manifests import Manifest, table_at

_DEPENDENCIES = (
    "dependencies",
    "dev-dependencies",
    "dev_dependencies",
    "build-dependencies",
    "build_dependencies",
)


def offered(manifest: Manifest, *path: str) -> Mapping[str, Any]:
    """A table of the workspace, such as ``("dependencies",)``; empty where the crate is in none."""
    if manifest.workspace is None:
        return {}
    table = manifest.table
    if manifest.workspace != manifest.path:
        (above, *_) = manifests.read_all(manifest.workspace.parent, [manifest.workspace])
        table = above.table
    return table_at(table, "workspace", *path)


def value(manifest: Manifest, key: str) -> Any:
    """What [package] says, or the workspace for it."""
    own = table_at(manifest.table, "package").get(key)
    return offered(manifest, "package").get(key) if _is_inherited(own) else own


def check(manifest: Manifest) -> None:
    """Raise :class:`ProjectError`, with the line, for a key that the crate would take from a workspace without it."""
    workspace = offered(manifest)
    missing = [(path, at) for path, at in _inherited(manifest) if at[-1] not in table_at(workspace, *at[:-1])]
    if not missing:
        return
    path, at = missing[0]
    place = Place(manifest.shown, line_of(manifest.text, *path, "workspace"))
    if manifest.workspace is None:
        keys = ", ".join(dict.fromkeys(path[-1] for path, _ in missing))
        raise ProjectError(
            f"`workspace = true`, but the crate is in no workspace: {keys}",
            place=place,
            hint="write the values here, or name the crate in the members of a workspace",
        )
    table = ".".join(("workspace", *at[:-1]))
    raise ProjectError(
        f"`workspace = true`, but [{table}] of the workspace has no {at[-1]}",
        place=place,
        hint=f"add it in {manifest.workspace}, or write the value here",
    )


def _inherited(manifest: Manifest) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Each key that is inherited, and where the workspace has it, below [workspace]."""
    for key, own in table_at(manifest.table, "package").items():
        if key != "metadata" and _is_inherited(own):
            yield ("package", key), ("package", key)
    if _is_inherited(manifest.table.get("lints")):
        yield ("lints",), ("lints",)
    tables = [(name,) for name in _DEPENDENCIES]
    targets = table_at(manifest.table, "target")
    for section in (*tables, *(("target", target, name) for target in targets for name in _DEPENDENCIES)):
        for key, own in table_at(manifest.table, *section).items():
            if _is_inherited(own):
                yield (*section, key), ("dependencies", key)


def _is_inherited(own: Any) -> bool:
    return isinstance(own, Mapping) and own.get("workspace") is True
