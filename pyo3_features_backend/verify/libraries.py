"""Recognises Python's own libraries by their names."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..model.version import Python


class PythonLibrary(NamedTuple):
    """A library of CPython. ``version`` is None for the library of a stable ABI (python3.dll)."""

    name: str
    version: Python | None
    free_threaded: bool
    debug: bool


# libpython3.11.so.1.0, libpython3.11-0a1b2c3d.so.1.0 (as auditwheel renames it), libpython3.so, libpython3.11.dylib;
# python3.dll, python313t.dll, python311_d.dll, libpython3.11.dll (MinGW).
_FILE = (
    r"(?i)(?:lib)?python3\.?(?P<minor>\d+)?(?P<flags>[a-z]*)(?P<debug>_d)?(?:-[0-9a-f]{6,})?"
    r"(?:\.so(?:\.[\d.]+)?|\.dylib|\.dll)$"
)
# /Library/Frameworks/Python.framework/Versions/3.11/Python, @rpath/Python3.framework/Versions/3.9/Python3, PythonT
_FRAMEWORK = r"(?:^|/)Python3?(?P<threads>T?)\.framework/(?:Versions/3\.(?P<minor>\d+)t?/)?Python"


def python_library(path: str) -> PythonLibrary | None:
    """The library of CPython that ``path``, as written in a binary, names; None for any other library."""
    if "python" not in path.lower():  # most libraries; the patterns need not be compiled for them
        return None
    name = re.split(r"[/\\]", path)[-1]
    if file := re.match(_FILE, name):
        flags = file["flags"].lower()
        minor = file["minor"]
        return PythonLibrary(
            name=name,
            version=(3, int(minor)) if minor else None,
            free_threaded="t" in flags,
            debug="d" in flags or bool(file["debug"]),
        )
    if framework := re.search(_FRAMEWORK, path):
        minor = framework["minor"]
        threads = bool(framework["threads"])
        return PythonLibrary(name=path, version=(3, int(minor)) if minor else None, free_threaded=threads, debug=False)
    return None


def is_python(path: str) -> bool:
    """Whether ``path`` names a library of CPython, or Python itself."""
    return python_library(path) is not None
