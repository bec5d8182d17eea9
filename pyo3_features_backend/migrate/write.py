"""The files of a migration: shown as a diff, written all or none."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..errors import Place, ProjectError


class Change(NamedTuple):
    """One file, named from the project's folder, with its text before and after."""

    file: str
    before: str
    after: str


def read(file: Path, shown: str) -> str:
    """The text of a file with its line ends. Raises :class:`ProjectError`."""
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot be read: {error}", place=Place(shown), hint="mend the file first") from None


def with_line_ends_of(before: str, after: str) -> str:
    """``after`` with the line ends that ``before`` has."""
    if "\r\n" not in before:
        return after
    return after.replace("\r\n", "\n").replace("\n", "\r\n")


def diff(changes: Sequence[Change]) -> str:
    """The changes as a unified diff, as ``git apply`` takes it."""
    found = []
    for one in changes:
        before, after = (text.replace("\r\n", "\n").splitlines(keepends=True) for text in (one.before, one.after))
        for row in difflib.unified_diff(before, after, f"a/{one.file}", f"b/{one.file}"):
            found.append(row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n")
    return "".join(found)


def uncommitted(root: Path) -> list[str]:
    """The tracked files below ``root`` that differ from the last commit; none where there is no git."""
    words = ["git", "-C", str(root), "status", "--porcelain", "--untracked-files=no", "--", "."]
    if shutil.which("git") is None:
        return []
    result = subprocess.run(words, capture_output=True, text=True, check=False)
    return [row[3:] for row in result.stdout.splitlines()] if result.returncode == 0 else []


def apply(root: Path, changes: Sequence[Change]) -> None:
    """Write every change, or none of them. Raises :class:`ProjectError`, with all files as they were."""
    fresh: list[Path] = []
    replaced: list[Change] = []
    try:
        for one in changes:
            file = root / one.file
            if read(file, one.file) != one.before:
                raise ProjectError("it has changed meanwhile", place=Place(one.file), hint="run the command again")
            new = file.with_name(f".{file.name}.{os.getpid()}")
            fresh.append(new)
            new.write_bytes(one.after.encode("utf-8"))
            shutil.copymode(file, new)
        for one, new in zip(changes, fresh):
            new.replace(root / one.file)
            replaced.append(one)
    except OSError as error:
        for one in replaced:
            (root / one.file).write_bytes(one.before.encode("utf-8"))
        raise ProjectError(
            f"nothing is changed: {error}", hint="the files have to be writable, and so do their folders"
        ) from None
    finally:
        for new in fresh:
            new.unlink(missing_ok=True)
