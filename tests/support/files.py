"""Files of a project, written and changed."""

from __future__ import annotations

import os
from pathlib import Path


def write(root: Path, files: dict[str, str]) -> Path:
    """Write files by their names below ``root``, or beside it (``../other/file``)."""
    for name, text in files.items():
        path = Path(os.path.normpath(root / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return root


def append(project: Path, file: str, text: str) -> None:
    (project / file).write_text((project / file).read_text() + text)


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def put(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def add(file: Path, text: str) -> None:
    """Write a text at the end of a file, which it makes if there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as stream:
        stream.write(text)
