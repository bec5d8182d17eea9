"""A copy of a project to try a migration on, so that the user's files stay as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from ...errors import Place, ProjectError
from ...facts.project import FILE
from ..edits.changes import Change
from ..sources.manifests import Manifest

# A plan reads nothing of these, and they are large.
_FOLDERS = ("target", ".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__", ".mypy_cache")
_SUFFIXES = (".so", ".pyd", ".dll", ".dylib", ".pyc")


class Copy:
    """A copy of a project and of its path dependencies, as a context. ``root`` is the project's folder in it."""

    def __init__(self, root: Path, written: Iterable[Manifest]) -> None:
        folders = {root, *(manifest.path.parent for manifest in written)}
        self._folders = sorted(folder for folder in folders if not any(other in folder.parents for other in folders))
        self._top = Path(os.path.commonpath(self._folders))
        self._scratch = tempfile.TemporaryDirectory(prefix="pyo3-features-")
        self._copy = Path(self._scratch.name).resolve() / (self._top.name or "project")
        self.root = self._copy / root.relative_to(self._top)

    def __enter__(self) -> Copy:
        """Raises :class:`ProjectError` for a file that cannot be copied."""
        try:
            for folder in self._folders:
                _copy(folder, self._copy / folder.relative_to(self._top))
        except OSError as error:  # of copytree one with all that it met
            self._scratch.cleanup()
            name, why = error.args[0][0][::2] if isinstance(error, shutil.Error) else (error.filename, error.strerror)
            raise ProjectError(
                f"cannot be copied, to try the migration on the copy: {why}",
                place=Place(os.path.relpath(name, self._top)) if name else None,
                hint="make it readable, or let git ignore its folder: ignored folders are not copied",
            ) from None
        self.root.mkdir(parents=True, exist_ok=True)
        if not (self.root / FILE).exists():
            (self.root / FILE).write_text("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scratch.cleanup()

    def original(self, shown: str) -> Path:
        """The user's own file for one that a plan made on the copy names."""
        path = Path(os.path.normpath(self.root / shown))
        return self._top / path.relative_to(self._copy) if path.is_relative_to(self._copy) else path

    def apply(self, changes: Iterable[Change]) -> None:
        """Write the changes into the copy."""
        for change in changes:
            (self._copy / change.path.relative_to(self._top)).write_bytes(change.after.encode())


def _copy(folder: Path, copied: Path) -> None:
    names = _in_git(folder)
    if names is None:
        shutil.copytree(folder, copied, ignore=_left_out)
    for name in names or ():
        if (folder / name).is_file():
            (copied / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(folder / name, copied / name)
        elif (folder / name).is_dir() and not _leads_back(folder / name):  # a submodule, or a link to a folder
            _copy(folder / name, copied / name)


def _left_out(folder: str, names: list[str]) -> set[str]:
    """The names in a folder that are not copied: also sockets and pipes, and links to nothing and in a circle.

    copytree's own ``ignore_dangling_symlinks`` takes every relative link for one to nothing.
    """
    left_out = shutil.ignore_patterns(*_FOLDERS, *(f"*{suffix}" for suffix in _SUFFIXES))(folder, names)
    for path in (Path(folder, name) for name in names):
        if not path.is_file() and (not path.is_dir() or _leads_back(path)):
            left_out.add(path.name)
    return left_out


def _leads_back(path: Path) -> bool:
    """Whether a folder is one that it is in, by a link."""
    around = path.parent.resolve()
    return path.resolve() in (around, *around.parents)


def _in_git(folder: Path) -> list[str] | None:
    """The files below ``folder`` that git tracks or does not ignore, and the ignored ones next to them (a
    Cargo.lock, a generated version file), but no ignored folder; None outside a git tree."""
    known = list(_listed(folder, "--cached", "--others", "--exclude-standard"))
    if not known:
        return None
    ignored = _listed(folder, "--others", "--ignored", "--exclude-standard", "--directory")
    return known + [name for name in ignored if not name.endswith(("/", *_SUFFIXES))]


def _listed(folder: Path, *which: str) -> Iterator[str]:
    try:
        answer = subprocess.run(["git", "-C", str(folder), "ls-files", "-z", *which], capture_output=True, check=False)
    except FileNotFoundError:  # no git
        return
    if answer.returncode == 0:
        yield from filter(None, os.fsdecode(answer.stdout).split("\0"))
