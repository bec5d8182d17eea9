"""Reads files that the user wrote or named: regular files of a sensible size, in UTF-8. Others give one error.

And removes folders that this backend made.
"""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from ..errors import BackendError, Place, ProjectError

LIMIT = 16 * 2**20  # bytes; the largest file that anybody writes by hand is a thousandth of this
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def current_folder() -> Path:
    """The current folder. Raises :class:`ProjectError` if it has been removed, or may not be looked into."""
    try:
        return Path.cwd()
    except OSError as failure:
        message = f"the current folder cannot be used: {failure.strerror}"
        raise ProjectError(message, hint="change to the project's folder again: cd DIR") from None


def without_parents(name: str) -> str:
    """A path that does not go up, so that its text shows in which folders it is; another one after a link changes."""
    return os.path.realpath(name) if os.pardir in Path(name).parts else name


def read_bytes(path: Path, shown: str, error: type[BackendError] = ProjectError, *, what: str = "") -> bytes:
    """The content of the regular file ``path``; ``shown`` is its name in messages, and ``what`` says what it is.

    Raises ``error`` for a file that is missing, not regular, too large, or not readable. A pipe is rejected and not
    read: the delegate and PyO3's build script read the same file again, and a pipe gives its content only once.
    """
    subject = f"{what} " if what else ""
    try:
        # Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            kind = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(kind):
                raise _not_regular(kind, subject, shown, error)
            data = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise error(
            f"{subject}cannot be read: No such file or directory", place=Place(shown), hint="check the path"
        ) from None
    except ValueError:  # "embedded null byte"
        message = f"{subject}cannot be read: its path contains a NUL character"
        raise error(message, place=Place(ascii(shown)[1:-1]), hint="correct the path") from None
    except OSError as failure:
        if path.is_dir():
            raise _not_regular(stat.S_IFDIR, subject, shown, error) from None
        hint = "check the path and its permissions"
        raise error(f"{subject}cannot be read: {failure.strerror}", place=Place(shown), hint=hint) from None
    if len(data) > LIMIT:
        message = f"{subject}is larger than {LIMIT // 2**20} MiB, so it is not read"
        raise error(message, place=Place(shown), hint="is it the right file?")
    return data


def is_file(path: Path) -> bool:
    """Whether there is a regular file; False as well for a path that is too long or contains a NUL."""
    return os.path.isfile(path)  # noqa: PTH113


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False as well for a path that is too long or contains a NUL."""
    return os.path.isdir(path)  # noqa: PTH112


def text_of(path: Path) -> str:
    """The text of a file that is only searched; empty for one that is missing, not regular, or not readable."""
    try:
        return path.read_text(encoding="utf-8", errors="replace") if is_file(path) else ""
    except OSError:
        return ""


def _not_regular(mode: int, subject: str, shown: str, error: type[BackendError]) -> BackendError:
    kind = _KINDS.get(stat.S_IFMT(mode), "something else")
    hint = "use a regular file: it is read more than once"
    return error(f"{subject}cannot be read: it is {kind}, not a file", place=Place(shown), hint=hint)


def read_text(path: Path, shown: str, error: type[BackendError] = ProjectError, *, what: str = "") -> str:
    """The text of a file that has to be UTF-8; the arguments and errors are those of :func:`read_bytes`.

    A byte order mark is an error of its own: an editor adds it, and nothing shows it.
    """
    data = read_bytes(path, shown, error, what=what)
    if data.startswith(b"\xef\xbb\xbf"):
        message = "the file starts with a UTF-8 byte order mark (BOM), which is not part of the text"
        raise error(message, place=Place(shown, 1), hint="save the file as UTF-8 without BOM")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as failure:
        line = data.count(b"\n", 0, failure.start) + 1
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            line = 1
        message = f"not UTF-8 text ({failure.reason})"
        raise error(message, place=Place(shown, line), hint="save the file as UTF-8") from None


def remove(folder: Path | None) -> None:
    """Remove a folder that this backend made, also if a signal arrives meanwhile. What cannot be removed stays."""
    if folder is not None:
        try:
            with suppress(OSError):
                remove_tree(folder)
        except BaseException:
            with suppress(OSError):
                remove_tree(folder)
            raise


def remove_tree(folder: Path) -> None:
    """Remove a folder in which cargo has compiled. Raises :class:`OSError` if something in it cannot be removed.

    Build scripts can leave folders that are read-only, such as those of Go modules. Of a link, only the link goes.
    """
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
        return
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        make_writable(folder)
        shutil.rmtree(folder)


def make_writable(folder: Path) -> None:
    """Let the user write to ``folder`` and all folders in it, as far as that is allowed. Links are not followed."""
    todo = [] if folder.is_symlink() else [folder]
    while todo:
        current = todo.pop()
        with suppress(OSError):
            current.chmod(stat.S_IRWXU)
            for inside in current.iterdir():
                if inside.is_dir() and not inside.is_symlink():
                    todo.append(inside)
                elif os.name == "nt":  # where a file that is read-only cannot be removed
                    inside.chmod(stat.S_IWRITE)
