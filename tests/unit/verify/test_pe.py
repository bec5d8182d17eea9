"""The reader of PE: real programs, and small DLLs made here."""

from __future__ import annotations

from pathlib import Path

import pytest
import setuptools

from pyo3_features_backend.verify import binary
from pyo3_features_backend.verify import pe as reader
from pyo3_features_backend.verify.data import Data
from pyo3_features_backend.verify.values import BinaryError, Import
from support.binaries import pe

PROGRAMS = sorted(Path(setuptools.__file__).parent.glob("*.exe"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_a_program_for_windows_needs_its_libraries(path: Path) -> None:
    (image,) = binary.read(path.read_bytes()).images
    assert "KERNEL32.dll" in image.needed
    assert (image.imports, image.exports) == ((), frozenset())
    assert image.architecture == ("arm64" if "arm64" in path.name else "amd64" if "64" in path.name else "x86")


def test_only_the_symbols_of_pythons_libraries_are_kept() -> None:
    content = pe({"KERNEL32.dll": ["Sleep"], "python3.dll": ["PyList_New"]}, ["PyInit_x", "answer"])
    (image,) = reader.read(Data(content)).images
    assert image.needed == ("KERNEL32.dll", "python3.dll")
    assert image.imports == (Import("PyList_New", "python3.dll"),)
    assert image.exports == {"PyInit_x"}


@pytest.mark.parametrize(("machine", "name"), [(0x8664, "amd64"), (0xAA64, "arm64"), (0x1234, "machine 0x1234")])
def test_the_machine_is_named_as_in_a_platform_tag(machine: int, name: str) -> None:
    assert reader.read(Data(pe({}, machine=machine))).architectures == (name,)


def test_damage_is_named() -> None:
    content = bytearray(pe({"python3.dll": ["PyList_New"]}))
    content[64:66] = b"NE"
    with pytest.raises(BinaryError, match="has no PE header"):
        reader.read(Data(bytes(content)))
    content[64:66] = b"PE"
    content[88] = 0  # the magic number after the signature and the header of 20 bytes
    with pytest.raises(BinaryError, match="its PE header is damaged"):
        reader.read(Data(bytes(content)))
