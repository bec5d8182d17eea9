"""The reader of ELF: real extensions, and small libraries made here."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from pyo3_features_backend.verify import binary
from pyo3_features_backend.verify import elf as reader
from pyo3_features_backend.verify.data import Data
from pyo3_features_backend.verify.values import BinaryError, Import
from support.binaries import elf

EXTENSIONS = sorted(Path(sysconfig.get_config_var("DESTSHARED") or "").glob("*.so"))


@pytest.mark.parametrize("path", EXTENSIONS[:20], ids=lambda path: path.name)
def test_an_extension_of_the_standard_library_has_its_entry_point_and_takes_symbols(path: Path) -> None:
    (image,) = binary.read(path.read_bytes()).images
    assert f"PyInit_{path.name.partition('.')[0]}" in image.exports
    assert any(name.name.startswith("Py") for name in image.imports)
    assert not any(name.weak for name in image.imports)


def test_weak_symbols_and_those_of_other_names_are_told_apart() -> None:
    (image,) = binary.read(elf(["malloc", "Pytorch_x", "_Py_NoneStruct"], [], weak=["PyList_New"])).images
    assert image.imports == (Import("_Py_NoneStruct"), Import("PyList_New", None, True))


@pytest.mark.parametrize(("machine", "name"), [(62, "x86_64"), (183, "aarch64"), (40, "arm"), (999, "machine 999")])
def test_the_machine_is_named_as_in_a_platform_tag(machine: int, name: str) -> None:
    assert reader.read(Data(elf(machine=machine))).architectures == (name,)


def test_an_object_without_a_dynamic_section_takes_nothing() -> None:
    content = bytearray(elf(["PyList_New"], ["PyInit_x"]))
    content[64 + 56] = 0  # the type of the second segment
    (image,) = reader.read(Data(bytes(content))).images
    assert (image.needed, image.imports, image.exports) == ((), (), frozenset())


def test_damage_is_named() -> None:
    content = bytearray(elf(["PyList_New"]))
    content[4] = 3  # neither 32 nor 64 bits
    with pytest.raises(BinaryError, match="its ELF header is damaged"):
        reader.read(Data(bytes(content)))
    content = bytearray(elf(["PyList_New"]))
    content[64] = 0  # no segment is loaded, so no address is in the file
    with pytest.raises(BinaryError, match="outside of its segments"):
        reader.read(Data(bytes(content)))
