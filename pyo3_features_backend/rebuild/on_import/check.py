"""Checks whether the inputs of an extension module have changed since it was compiled.

An import with nothing changed runs all of this, so it imports what it needs as late as possible.
"""

from __future__ import annotations

import os
import stat
import sys

TYPE_CHECKING = False  # typing takes longer to import than the rest
if TYPE_CHECKING:
    from typing import Any, Optional

    Stats = dict[str, Optional[list[int]]]

NAME = "pyo3-features-backend"
VARIABLE = "PYO3_FEATURES_BACKEND_EDITABLE_REBUILD"  # a setting of builds, too
# What no build script of a package reads that announces no file: what Python and this module write.
_WRITTEN = (".so", ".pyd", ".dylib", ".pyc", "~")
_WRITTEN_FOLDERS = ("__pycache__", "node_modules")
RACY: list[int] = []  # the entry of a file that may have changed since the compiler read it


class Unavailable(Exception):
    """The module cannot be compiled here, whether or not its sources have changed."""


def say(text: str) -> None:
    """Print a line to stderr, if there is one."""
    try:
        if sys.stderr:
            print(f"{NAME}: {text}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        pass  # stderr is closed, and there is nobody to tell


def record_file(name: str) -> str:
    """The file with the record of an extension module; NAME.json next to it says how to compile the module."""
    return os.path.join(os.path.dirname(__file__), f"{name}.record")


def read(file: str) -> dict[str, Any]:
    """The record in ``file``. Raises :class:`OSError`, or :class:`ValueError` if it is damaged.

    It is in the format of marshal (version 2, which all Pythons read), because importing json takes several ms.
    """
    import marshal

    try:
        with open(file, "rb") as opened:
            found = marshal.load(opened)
    except (EOFError, TypeError) as error:
        raise ValueError(f"{file} is damaged: {error}") from None
    return found if isinstance(found, dict) else {}


def write(file: str, record: dict[str, Any]) -> None:
    """Replace a record in one step: other processes read it, and it may be a link into a cache of the front end."""
    temporary = f"{file}.{os.getpid()}"
    with open(temporary, "wb") as opened:
        opened.write(dumped(record))
    os.replace(temporary, file)


def dumped(record: dict[str, Any]) -> bytes:
    """A record as the content of its file."""
    import marshal

    return marshal.dumps(record, 2)


def file_of(record: dict[str, Any], folder: str) -> str:
    """The file of the extension module; ``folder`` is where the wheel is installed."""
    return os.path.join(folder, record["file"])


def metadata(file: str) -> list[int] | None:
    """The metadata of a file, with links followed; None if it is missing."""
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def stats(record: dict[str, Any]) -> Stats:
    """The metadata of the inputs ``record["names"]`` as they are now, None for those that are missing.

    A folder stands for all files below it, except in ``record["excluded"]``; for ``record["whole"]`` see _is_written.
    """
    found: Stats = {}
    seen = set()
    excluded, whole = set(record["excluded"]), set(record["whole"])
    todo = [(name, name in whole) for name in record["names"]]
    while todo:
        name, own_only = todo.pop()
        try:
            status = os.stat(name)
            if not stat.S_ISDIR(status.st_mode):
                found[name] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
                continue
            found[name] = [0]
            if (status.st_dev, status.st_ino) not in seen:
                seen.add((status.st_dev, status.st_ino))
                for entry in os.listdir(name):
                    path = os.path.join(name, entry)
                    if path not in excluded and not (own_only and _is_written(path, entry)):
                        todo.append((path, own_only))
        except (OSError, ValueError):
            found[name] = None
    return found


def _is_written(path: str, entry: str) -> bool:
    """Whether an entry in the folder of a package is not a source: hidden, an environment, or written by a tool."""
    if entry.startswith(".") or entry.endswith(_WRITTEN) or entry in _WRITTEN_FOLDERS:
        return True
    return os.path.exists(os.path.join(path, "pyvenv.cfg"))


def differing(record: dict[str, Any], now: Stats) -> list[str]:
    """The sorted inputs whose metadata ``now`` are not those of the last compile."""
    before = record["files"]
    return sorted(name for name in {*now, *before} if now.get(name) != before.get(name) or before.get(name) == RACY)


def changed(record: dict[str, Any], file: str) -> str:
    """Why the module has to be compiled, as a sentence; "" if it is up to date."""
    if not record["good"]:
        return "the last compile did not succeed"
    if names := differing(record, stats(record)):
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        return f"{os.path.relpath(names[0], record['root'])}{more} changed"
    now = metadata(file)
    if now is None:
        return f"{file} is missing"
    return f"another build replaced {file}" if record["installed"] not in (None, now) else ""
