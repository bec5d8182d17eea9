"""Python's own libraries, by the names that linkers, auditwheel and installers give them."""

from __future__ import annotations

import pytest

from pyo3_features_backend.model.version import Python
from pyo3_features_backend.verify.libraries import is_python, python_library


@pytest.mark.parametrize(
    ("path", "version", "free_threaded", "debug"),
    [
        ("libpython3.11.so.1.0", (3, 11), False, False),
        ("libpython3.13t.so.1.0", (3, 13), True, False),
        ("libpython3.13td.so.1.0", (3, 13), True, True),
        ("libpython3.11-0a1b2c3d.so.1.0", (3, 11), False, False),
        ("libpython3.so", None, False, False),
        ("/opt/lib/libpython3.11.dylib", (3, 11), False, False),
        ("python3.dll", None, False, False),
        ("python3t.dll", None, True, False),
        ("PYTHON311.DLL", (3, 11), False, False),
        ("python313t_d.dll", (3, 13), True, True),
        ("libpython3.11.dll", (3, 11), False, False),
        ("/Library/Frameworks/Python.framework/Versions/3.11/Python", (3, 11), False, False),
        ("@rpath/PythonT.framework/Versions/3.13/PythonT", (3, 13), True, False),
        ("@rpath/Python3.framework/Versions/3.9/Python3", (3, 9), False, False),
        ("@rpath/Python.framework/Python", None, False, False),
    ],
)
def test_a_library_of_python_says_of_which(path: str, version: Python | None, free_threaded: bool, debug: bool) -> None:
    library = python_library(path)
    assert library is not None
    assert library[1:] == (version, free_threaded, debug)
    assert is_python(path)


@pytest.mark.parametrize(
    "path", ["libc.so.6", "libboost_python311.so.1", "libpythonic.so", "pythoncom311.dll", "libpython3.11.a", "python"]
)
def test_another_library_is_none_of_pythons(path: str) -> None:
    assert not is_python(path)
