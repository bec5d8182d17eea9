"""The symbols that the binaries of a wheel take from Python, against the Pythons of its tag."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.verify.audit import audit
from support.audits import ABI, GOOD, INTEL, LINUX, WINDOWS, found
from support.binaries import elf, macho, pe, universal, wheel

WHEELS = [
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyObject_GetBuffer"], ["PyInit_x"])}, ["PFB340"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": pe({"python3.dll": ["PyObject_GetBuffer"]}, ["PyInit_x"])}, ["PFB340"]),
    ("cp39-abi3-macosx_10_12_universal2", {"x.so": universal(INTEL, macho([("PyObject_GetBuffer", 254)]))}, ["PFB340"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["_PyObject_Own"], ["PyInit_x"])}, ["PFB341"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "p.libs/libq.so.1": elf(["_PyList_Extend"])}, ["PFB341"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyQt_New"], ["PyInit_x"], ["libQt.so.6"])}, ["PFB342w"]),
    (f"cp315-abi3-{LINUX}", {"x.abi3.so": elf(["PyList_Newest"], ["PyInit_x"])}, ["PFB342w"]),
    (f"cp38-cp38-{LINUX}", {"x.so": elf(["PyCMethod_New"], ["PyInit_x"])}, ["PFB343"]),
    (f"cp312-cp312-{LINUX}", {"x.so": elf(["PyType_GetModuleByToken"], ["PyInit_x"])}, ["PFB343"]),
]


@pytest.mark.parametrize(("tag", "files", "codes"), WHEELS)
def test_a_symbol_that_the_pythons_of_the_tag_do_not_have_is_told(
    tmp_path: Path, tag: str, files: dict[str, bytes], codes: list[str]
) -> None:
    assert found(tmp_path, tag, files, None) == codes


def test_a_message_names_the_file_the_symbol_and_the_python_that_added_it(tmp_path: Path) -> None:
    files = {"p/x.abi3.so": elf(["PyObject_GetBuffer", "PyModule_AddType"], ["PyInit_x"])}
    (problem,) = audit(wheel(tmp_path, f"cp39-abi3-{LINUX}", files), ABI).problems
    assert str(problem) == (
        f"pyo3-features-backend: error[PFB340]: demo-1.0-cp39-abi3-{LINUX}.whl: p/x.abi3.so needs"
        " PyModule_AddType (since 3.10), PyObject_GetBuffer (since 3.11),"
        " which the stable ABI does not have before; the tag is cp39-abi3\n"
        "  help: raise the floor to 3.11, or avoid the code that needs the symbol"
    )
