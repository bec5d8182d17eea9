"""The readers of binaries: real ones, small ones made here, and damaged ones."""

from __future__ import annotations

import struct
import sysconfig
from pathlib import Path

import pytest
import setuptools
from hypothesis import given, settings
from hypothesis import strategies as st

from pyo3_features_backend.verify import binary
from pyo3_features_backend.verify.values import Binary, BinaryError, Image, Import
from support.binaries import elf, macho, pe, universal

EXTENSIONS = sorted(Path(sysconfig.get_config_var("DESTSHARED") or "").glob("*.so"))
PROGRAMS = sorted(Path(setuptools.__file__).parent.glob("*.exe"))
SEEDS = [
    elf(["PyList_New"], ["PyInit_x"], ["libc.so.6"]),
    macho([("PyList_New", 254), ("PyList_Size", 1)], ["PyInit_x"]),
    universal(macho([("PyList_New", 254)]), macho([("PyList_New", 254)], machine=0x01000007)),
    pe({"python3.dll": ["PyList_New"]}, ["PyInit_x"]),
    *(path.read_bytes() for path in EXTENSIONS[:1] + PROGRAMS[:1]),
]


def test_each_format_is_read() -> None:
    exports = frozenset({"PyInit_x"})
    assert binary.read(SEEDS[0]) == Binary("ELF", (Image("x86_64", ("libc.so.6",), (Import("PyList_New"),), exports),))
    library = "/usr/lib/libSystem.B.dylib"
    taken = (Import("PyList_New"), Import("PyList_Size", library))
    assert binary.read(SEEDS[1]) == Binary("Mach-O", (Image("arm64", (library,), taken, exports),))
    assert binary.read(SEEDS[2]).architectures == ("arm64", "x86_64")
    imported = (Import("PyList_New", "python3.dll"),)
    assert binary.read(SEEDS[3]) == Binary("PE", (Image("amd64", ("python3.dll",), imported, exports),))


@given(data=st.data())
@settings(max_examples=400, deadline=2000)
def test_a_damaged_binary_is_read_or_refused(data: st.DataObject) -> None:
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 6))):
        # Most fields that matter are near the beginning.
        size = len(content)
        place = data.draw(st.integers(0, min(size, 600) - 8) | st.integers(0, max(size - 8, 0)))
        number = data.draw(
            st.sampled_from([0, 1, 0xFF, 2**31 - 1, 2**32 - 1, 2**63, 2**64 - 1]) | st.integers(0, 2**64 - 1)
        )
        width = data.draw(st.sampled_from([1, 2, 4, 8]))
        content[place : place + width] = struct.pack("<Q", number)[:width]
        if data.draw(st.booleans()):
            del content[data.draw(st.integers(64, max(64, len(content)))) :]
    try:
        assert isinstance(binary.read(bytes(content)), Binary)
    except BinaryError as error:
        assert error.message


@pytest.mark.parametrize("seed", range(4))
def test_no_truncation_is_more_than_an_error(seed: int) -> None:
    for size in range(len(SEEDS[seed])):
        try:
            binary.read(SEEDS[seed][:size])
        except BinaryError:
            continue
