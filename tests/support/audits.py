"""Wheels to judge: the codes that an audit finds in one, binaries of each kind, and a small stable ABI."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.model.words import Severity
from pyo3_features_backend.verify.audit import audit
from pyo3_features_backend.verify.stable_abi import StableAbi
from support.binaries import elf, macho, pe, wheel

# As CPython's own Misc/stable_abi.toml has them.
ABI = StableAbi(
    {
        "PyList_New": (3, 2),
        "PyModuleDef_Init": (3, 5),
        "PyCMethod_New": (3, 9),
        "PyModule_AddType": (3, 10),
        "PyObject_GetBuffer": (3, 11),
        "PyType_GetModuleByToken": (3, 15),
    },
    (3, 15),
)
LINUX, MAC, WINDOWS = "manylinux_2_17_x86_64", "macosx_11_0_arm64", "win_amd64"
GOOD = elf(["PyList_New", "malloc"], ["PyInit_x"])
ARM = elf(["PyList_New"], ["PyInit_x"], machine=183)
MODEXPORT = elf(["PyList_New"], ["PyModExport_x"])
BOTH = elf(["PyList_New"], ["PyInit_x", "PyModExport_x"])
PLAIN = elf(["malloc"], ["answer"])
BOUND = pe({"python311.dll": ["PyList_New"]}, ["PyInit_x"])
STABLE = pe({"python3.dll": ["PyList_New"], "KERNEL32.dll": ["Sleep"]}, ["PyInit_x"])
STABLE_T = pe({"python3t.dll": ["PyList_New"]}, ["PyInit_x", "PyModExport_x"])
BUNDLE = macho([("PyList_New", 254)], ["PyInit_x"])
INTEL = macho([("PyList_New", 254)], ["PyInit_x"], machine=0x01000007)


def found(folder: Path, tag: str, files: dict[str, bytes], requires_python: str | None = ">=3.9") -> list[str]:
    """The codes of the problems, with a "w" after those that are warnings."""
    report = audit(wheel(folder, tag, files, requires_python=requires_python), ABI)
    return [each.code + ("w" if each.severity == Severity.WARNING else "") for each in report.problems]
