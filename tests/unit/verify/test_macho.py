"""The reader of Mach-O: small bundles made here."""

from __future__ import annotations

import struct

import pytest

from pyo3_features_backend.verify import binary
from pyo3_features_backend.verify.values import BinaryError
from support.binaries import macho


def test_a_table_without_an_end_is_refused_at_once() -> None:
    content = bytearray(macho([("PyList_New", 254), ("PyList_Size", 1)], ["PyInit_x"]))
    place = content.index(struct.pack("<II", 2, 24)) + 12
    struct.pack_into("<I", content, place, 2**32 - 1)
    with pytest.raises(BinaryError, match="4294967295 symbols"):
        binary.read(bytes(content))
