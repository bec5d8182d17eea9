"""The libraries of Python that the binaries of a wheel are linked with."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.audits import BOUND, LINUX, MAC, WINDOWS, found
from support.binaries import LIBC, elf, macho, pe

WHEELS = [
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf([], ["PyInit_x"], ["libpython3.11.so.1.0", *LIBC])}, ["PFB331"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf([], ["PyInit_x"], ["libpython3.so"])}, ["PFB330"]),
    (f"cp311-cp311-{LINUX}", {"x.so": elf([], ["PyInit_x"], ["libpython3.11-0a1b2c3d.so.1.0"])}, ["PFB330"]),
    (f"cp311-cp311-{LINUX}", {"x.so": elf([], ["PyInit_x"], ["libpython3.10.so.1.0"])}, ["PFB331"]),
    (
        f"cp311-cp311-{MAC}",
        {"x.so": macho([], ["PyInit_x"], ["@rpath/Python.framework/Versions/3.11/Python"])},
        ["PFB330"],
    ),
    (f"cp39-abi3-{MAC}", {"x.so": macho([], ["PyInit_x"], ["/opt/lib/libpython3.11.dylib"])}, ["PFB331"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": BOUND}, ["PFB331"]),
    (f"cp312-cp312-{WINDOWS}", {"x.pyd": BOUND}, ["PFB331"]),
    (f"cp313-cp313t-{WINDOWS}", {"x.pyd": pe({"python313.dll": []}, ["PyInit_x"])}, ["PFB331"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": pe({"python3_d.dll": []}, ["PyInit_x"])}, ["PFB331"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": pe({"python3t.dll": []}, ["PyInit_x"])}, ["PFB331"]),
    (f"cp315-abi3.abi3t-{WINDOWS}", {"x.pyd": pe({"python3.dll": []}, ["PyModExport_x"])}, ["PFB331"]),
]


@pytest.mark.parametrize(("tag", "files", "codes"), WHEELS)
def test_a_library_of_python_that_a_file_may_not_need_is_told(
    tmp_path: Path, tag: str, files: dict[str, bytes], codes: list[str]
) -> None:
    assert found(tmp_path, tag, files, None) == codes
