"""Files that earlier builds left in the project, and that are in the way of what comes next."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from ...decide.native import includes
from ...errors import Place
from ...model.problem import Problem
from ...model.version import python_text
from .codes import finding

_DIST = ("dist", "wheelhouse")
_NOT_SOURCES = (*_DIST, "target", "build", "node_modules", "__pycache__", "site-packages")
# PyPI takes these two, for the Raspberry Pi, and no other linux tag (twine issue 1006, packaging-problems issue 684).
_TAKEN = ("linux_armv6l", "linux_armv7l")
# The suffix of one Python, which comes before that of the stable ABI in importlib.machinery.EXTENSION_SUFFIXES:
# .cpython-311-x86_64-linux-gnu.so before .abi3.so before .so, .cp311-win_amd64.pyd before .pyd.
_OF_ONE = re.compile(r"(?P<stem>[^.]+)\.(?:cpython-|cp)3(?P<minor>\d{1,2})-[\w-]+\.(?:so|pyd)")
_OF_SEVERAL = re.compile(r"(?P<stem>[^.]+)(?:\.abi3(?:-[\w-]+)?\.so|\.so|\.pyd)")


def check(root: Path, native: str) -> Iterator[Problem]:
    """The findings on the folder of a project; the Pythons of the range ``native`` have extensions of their own."""
    for folder, names in _folders(root):
        yield from _shadows(root, folder, names, native)
    for name in _DIST:
        yield from _wheels(root / name)


def _folders(root: Path) -> Iterator[tuple[Path, list[str]]]:
    """The folders of sources with the names of their files; no environments and no hidden folders."""
    for where, folders, names in os.walk(root):
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _NOT_SOURCES and not name.startswith("."))
        yield Path(where), sorted(names)


def _shadows(root: Path, folder: Path, names: list[str], native: str) -> Iterator[Problem]:
    stable = {match["stem"]: name for name in names if (match := _OF_SEVERAL.fullmatch(name))}
    for name in names:
        match = _OF_ONE.fullmatch(name)
        new = stable.get(match["stem"]) if match else None
        if match is None or new is None:
            continue
        python = (3, int(match["minor"]))
        if includes(native, python) or _time(folder / name) >= _time(folder / new):
            continue
        shown = (folder / name).relative_to(root).as_posix()
        yield finding(
            "PFB292",
            f"Python {python_text(python)} imports this file, and not {new} beside it, which is newer",
            Place(shown),
            "remove it: an editable install imports from here",
        )


def _time(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:  # it is gone, or a link to nothing: then nothing imports it
        return float("inf")


def _wheels(folder: Path) -> Iterator[Problem]:
    names = sorted(file.name for file in folder.glob("*.whl"))
    platforms = {name: name[: -len(".whl")].rpartition("-")[2] for name in names}
    local = [name for name, tag in platforms.items() if tag.startswith("linux_") and tag not in _TAKEN]
    if local:
        more = f", and so {len(local) - 1} more" if len(local) > 1 else ""
        yield finding(
            "PFB293",
            f"{local[0]} is for this machine{more}: PyPI rejects the platform tag {platforms[local[0]]}, and `twine "
            f"upload {folder.name}/*` uploads what comes before it",
            Place(folder.name),
            "build what you publish with cibuildwheel or maturin-action, or give it a manylinux tag with `auditwheel "
            "repair`; else remove it",
        )
