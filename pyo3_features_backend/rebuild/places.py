"""Finds and removes places (:mod:`.place`)."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

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
    """Remove a place."""
    place.forget(entry)
    shutil.rmtree(entry, ignore_errors=True)


def keep_newest(holder: Path, label: str, count: int, owner: str) -> None:
    """Remove the least recently used places of ``label`` until ``count`` are left.

    Keep the places of other owners, because several projects can share a target folder.
    """
    labelled = [entry for entry in entries(holder) if entry.name.rpartition("-")[0] == label]
    own = [entry for entry in labelled if place.read_state(entry).record.get("owner", owner) == owner]
    for entry in own[: max(0, len(own) - count)]:
        remove(entry)
