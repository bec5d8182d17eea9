"""The setuptools example as a project to change, and what is in a wheel; for the tests."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from support.examples import example
from support.files import replace

OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"
DOUBLE = "import mixed; print(mixed.double(21))"
TABLE = '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n'
C_MODULE = """\
#include <Python.h>
static struct PyModuleDef d = {PyModuleDef_HEAD_INIT, "c", 0, -1, 0};
PyMODINIT_FUNC PyInit_c(void) { return PyModule_Create(&d); }
"""
SETUP = """import os
from setuptools import Extension, setup
from setuptools_rust import Binding, RustBin, RustExtension

setup(
    rust_extensions=[RustExtension("mixed._native"{extension})],
    {keywords}
)
"""


def project(tmp_path: Path) -> Path:
    return example("setuptools", tmp_path)


def with_setup_py(root: Path, extension: str = "", keywords: str = "") -> None:
    """Declare the extension in setup.py instead of pyproject.toml."""
    replace(root / "pyproject.toml", TABLE, "")
    (root / "setup.py").write_text(SETUP.format(extension=extension, keywords=keywords))


def limited(root: Path, floor: str = "cp39") -> None:
    (root / "setup.cfg").write_text(f"[bdist_wheel]\npy_limited_api = {floor}\n")


def extensions(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return [name for name in archive.namelist() if name.endswith(".so")]


def wheel_line(wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/WHEEL"))
        return next(row for row in archive.read(name).decode().splitlines() if row.startswith("Tag:"))
