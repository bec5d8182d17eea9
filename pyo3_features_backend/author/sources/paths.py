"""The path under which messages show a file of a project."""

from __future__ import annotations

import os
from pathlib import Path


def shown(root: Path, path: Path) -> str:
    """``path`` relative to the project's folder ``root``, with slashes: ``Cargo.toml``, ``../core/Cargo.toml``."""
    return Path(os.path.relpath(path, root)).as_posix()
