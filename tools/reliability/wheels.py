"""Wheels, as the delegate made them or as somebody brings them to an audit: archives, and the binaries in them.

This is the place for the audit's readers. They are looked up by name, because a tree without them has to run as well.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import io
import sysconfig
import zipfile
from pathlib import Path
from types import ModuleType

from hypothesis.strategies import SearchStrategy

from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi

from . import inputs, world

_NAME = "demo-1.0-cp39-abi3-linux_x86_64.whl"
_INFO = "demo-1.0.dist-info"


def _audit(name: str) -> ModuleType | None:
    """A module of the audit, if this tree has one."""
    full = f"pyo3_features_backend.verify.{name}"
    try:
        return importlib.import_module(full) if importlib.util.find_spec(full) else None
    except ModuleNotFoundError:  # verify is a module, and not a package
        return None


def is_there() -> bool:
    """Whether this tree has the audit."""
    return _audit("audit") is not None


def wheel(data: bytes) -> None:
    """A wheel file: the audit, and for one that it can read, the tags against a plan."""
    file = world.scratch() / _NAME
    file.write_bytes(data)
    audit = _audit("audit")
    assert audit is not None
    report = audit.audit(file, None)
    for problem in report.problems:
        str(problem)
    if report.wheel is None:
        return
    plan = Plan(abi=Abi.ABI3, floor=(3, 9), features=(), env={}, wheel=("cp39", "abi3"), reason="", problems=())
    for module in filter(None, (_audit("planned"), _audit("importing"))):
        if hasattr(module, "tags"):
            module.tags(file, plan)
        if hasattr(module, "extension_files"):
            module.extension_files(file, "demo")


def binary(data: bytes) -> None:
    """The content of an extension module."""
    module = _audit("binary")
    assert module is not None
    values = _audit("values")
    assert values is not None
    try:
        module.read(data)
    except values.BinaryError:
        return  # the audit makes a problem of it


@functools.cache
def _binary() -> bytes:
    """The smallest extension module of the running Python."""
    folder = Path(sysconfig.get_path("platstdlib"), "lib-dynload")
    files = sorted((file.stat().st_size, file) for pattern in ("*.so", "*.pyd") for file in folder.glob(pattern))
    return files[0][1].read_bytes() if files else b"\x7fELF\x02\x01\x01"


def _made() -> list[bytes]:
    """Wheels with a good WHEEL and METADATA, with less, and with a binary; compressed and not."""
    made = []
    full = {
        f"{_INFO}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp39-abi3-linux_x86_64\n",
        f"{_INFO}/METADATA": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.9\n",
        f"{_INFO}/RECORD": b"demo.abi3.so,,\n",
        "demo.abi3.so": b"x",
    }
    with_binary = {**full, "demo.abi3.so": _binary(), "demo.libs/libpython3.11.so.1.0": _binary()}
    for entries in (full, with_binary, {"demo.so": b""}, {f"{_INFO}/WHEEL": b""}):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            buffer = io.BytesIO()
            with zipfile.ZipFile(buffer, "w", method) as archive:
                for name, content in entries.items():
                    archive.writestr(zipfile.ZipInfo(name), content)
            made.append(buffer.getvalue())
    return made


def wheels() -> SearchStrategy[bytes]:
    """Changed wheels."""
    return inputs.changed(_made())


def binaries() -> SearchStrategy[bytes]:
    """Changed binaries, and the first bytes of the three formats."""
    starts = (
        b"MZ",
        b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0\x64\x86\1\0",
        b"\xca\xfe\xba\xbe\0\0\0\2",
        b"\xcf\xfa\xed\xfe\7\0\0\1",
    )
    return inputs.changed([_binary(), _binary()[:2000], *(start + bytes(400) for start in starts)])
