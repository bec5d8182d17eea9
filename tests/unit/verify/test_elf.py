"""The reader of ELF: real extensions, and small libraries made here."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from pyo3_features_backend.verify import binary
from pyo3_features_backend.verify.values import Import
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
