"""The reader of PE: real programs, and small DLLs made here."""

from __future__ import annotations

from pathlib import Path

import pytest
import setuptools

from pyo3_features_backend.verify import binary

PROGRAMS = sorted(Path(setuptools.__file__).parent.glob("*.exe"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_a_program_for_windows_needs_its_libraries(path: Path) -> None:
    (image,) = binary.read(path.read_bytes()).images
    assert "KERNEL32.dll" in image.needed
    assert (image.imports, image.exports) == ((), frozenset())
    assert image.architecture == ("arm64" if "arm64" in path.name else "amd64" if "64" in path.name else "x86")
