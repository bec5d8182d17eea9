"""Wheels with chosen tags, and any text as their files."""

from __future__ import annotations

import zipfile
from pathlib import Path


def tagged(folder: Path, tag: str, recorded: str = "", **files: str) -> Path:
    """A wheel with ``tag`` in its name and ``recorded`` tags, or the same, in WHEEL; ``__`` in a name is a slash."""
    path = folder / f"demo-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        rows = "".join(f"Tag: {one}\n" for one in (recorded or tag).split())
        archive.writestr("demo-1.0.dist-info/WHEEL", f"Wheel-Version: 1.0\n{rows}")
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return path
