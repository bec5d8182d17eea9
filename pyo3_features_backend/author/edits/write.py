"""Writes changes of files: all of them or none, and not over uncommitted work."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence, Set
from pathlib import Path

from ...errors import Place, ProjectError
from .changes import Change


def uncommitted(root: Path, changes: Sequence[Change]) -> list[str]:
    """The changed files that git tracks below ``root``, and those of ``changes`` that it does not track.

    Empty for a clean tree, and for one that is not in git: there is nothing to compare with.
    """
    known = _git(root, "status", "--porcelain", "--untracked-files=no", "-z", ".")
    if known is None:
        return []
    names = [entry[3:] for entry in known.split("\0") if entry[2:3] == " "]
    for change in changes:
        status = _git(root, "status", "--porcelain", "-z", "--", str(change.path)) if change.before else None
        names += [entry[3:] for entry in (status or "").split("\0") if entry.startswith("??")]
    return names


def in_git(root: Path) -> bool:
    """Whether the folder is in a git working tree."""
    return _git(root, "rev-parse", "--is-inside-work-tree") is not None


def _git(root: Path, *words: str) -> str | None:
    try:
        # Reading must not refresh git's index.
        environ = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
        answer = subprocess.run(["git", "-C", str(root), *words], capture_output=True, check=False, env=environ)
    except FileNotFoundError:
        return None
    return None if answer.returncode else os.fsdecode(answer.stdout)


def git_init(root: Path) -> str | None:
    """Make a git repository of the folder; returns why not, or None."""
    try:
        answer = subprocess.run(["git", "init", "-q", str(root)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "git is not installed"
    return (answer.stderr.strip() or "git fails") if answer.returncode else None


def write(changes: Sequence[Change]) -> None:
    """Write every change, or leave every file and folder as it was. Folders that are missing are made.

    Raises :class:`ProjectError` for a file that cannot be written, or that has changed since it was read.
    """
    for change in changes:
        present = change.path.read_bytes() if change.path.exists() else b""
        if present != change.before.encode():
            raise ProjectError(
                "the file has changed since it was read", place=Place(change.shown), hint="run the command again"
            )
    old = {change.path for change in changes if change.path.exists()}
    done: list[Change] = []
    scratch: list[Path] = []
    folders: list[Path] = []
    try:
        for change in changes:
            _make_parents(change.path, folders)
            scratch.append(temporary(change.path, change.after))
        for change, new in zip(changes, scratch):
            done.append(change)
            new.replace(change.path.resolve())
    except OSError as error:
        _put_back(done, old, [*folders, *scratch])
        failed = done[-1] if done else changes[len(scratch)]
        raise ProjectError(
            f"cannot be written: {error.strerror}; no file was changed",
            place=Place(failed.shown),
            hint="check the permissions of its folder, and the space that is left",
        ) from None
    except BaseException:
        _put_back(done, old, [*folders, *scratch])
        raise


def _make_parents(path: Path, made: list[Path]) -> None:
    """Make the folders above a file that are missing, and add each to ``made``."""
    missing = [folder for folder in path.parents if not folder.exists() and not folder.is_symlink()]
    for folder in reversed(missing):
        folder.mkdir()
        made.append(folder)


def replace(path: Path, text: str) -> None:
    """Write one file in one step; a link stays a link. Raises :class:`OSError`."""
    new = temporary(path, text)
    try:
        new.replace(path.resolve())
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def temporary(path: Path, text: str) -> Path:
    """A file with the text, in the folder of the one at ``path`` (of what it links to) and with the same mode.

    Raises :class:`OSError`.
    """
    real = path.resolve()
    handle, name = tempfile.mkstemp(dir=real.parent, prefix=real.name + ".")
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        if real.exists():
            shutil.copymode(real, new)
        else:
            new.chmod(0o666 & ~_umask())
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return new


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _put_back(done: Sequence[Change], old: Set[Path], made: Sequence[Path]) -> None:
    """Undo the changes: each ``old`` file gets its text again, and what was ``made`` goes."""
    for change in done:
        if change.path in old:
            change.path.write_bytes(change.before.encode())
        else:
            change.path.unlink(missing_ok=True)
    for path in reversed(made):
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
