"""Finds and removes places (:mod:`.place`)."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from ..facts.files import remove_tree
from . import place
from .lock import locked


def is_place(folder: Path) -> bool:
    """Whether ``folder`` is a place: not a link, and with a state that :class:`Place` wrote."""
    try:
        return (
            not folder.is_symlink()
            and place.FORMAT.split()[0] in (folder / place.STATE).read_text(encoding="utf-8")[:60]
        )
    except (OSError, ValueError):
        return False


def entries(holder: Path) -> list[Path]:
    """All places in ``holder``, the least recently used first."""
    times = []
    for entry in sorted(holder.iterdir()) if holder.is_dir() else []:
        if is_place(entry) and not entry.name.startswith("."):
            with suppress(OSError):
                times.append(((entry / place.STATE).stat().st_mtime_ns, entry))
    return [entry for _, entry in sorted(times)]


def remove(entry: Path) -> bool:
    """Remove a place unless a build uses it; returns whether it is gone. Links are not followed."""
    try:
        with locked(Path(f"{entry}.lock")) as taken:
            if not taken or not is_place(entry):
                return False
            discard(entry)
    except OSError:
        return False
    return not entry.exists()


def discard(entry: Path) -> None:
    """Remove a place. Its state goes last: without it, nothing would find what an interrupted removal has left."""
    place.forget(entry)
    with suppress(OSError):
        for inside in entry.iterdir():
            if inside.is_dir() and not inside.is_symlink():
                with suppress(OSError):
                    remove_tree(inside)
            elif inside.name != place.STATE:
                inside.unlink()
        if {inside.name for inside in entry.iterdir()} <= {place.STATE}:
            shutil.rmtree(entry, ignore_errors=True)


def keep_newest(holder: Path, label: str, count: int, owner: str) -> None:
    """Remove the least recently used places of ``label`` until ``count`` are left.

    Keep the places of other owners, because several projects can share a target folder, unless their folder is gone:
    front ends build the source of a repository in a temporary one.
    """
    labelled = [entry for entry in entries(holder) if entry.name.rpartition("-")[0] == label]
    own = [entry for entry in labelled if _owner(entry, owner) == owner]
    for entry in own[: max(0, len(own) - count)]:
        remove(entry)


def _owner(entry: Path, default: str) -> str:
    """The owner of a place; ``default`` if that is not known, or its folder is gone."""
    owner = place.read_state(entry).owner or default
    return owner if not os.path.isabs(owner) or os.path.isdir(owner) else default
