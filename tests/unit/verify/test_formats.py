"""The first bytes of binaries."""

from __future__ import annotations

import pytest

from pyo3_features_backend.verify import formats


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"\x7fELF\x02\x01\x01\x00", True),
        (b"MZ\x90\x00\x03\x00\x00\x00", True),
        (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01", True),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x02", True),
        (b"\xca\xfe\xba\xbe\x00\x00\x00\x3d", False),  # a Java class
        (b"#!/bin/sh\n"[:8], False),
        (b"\x7fEL", False),
        (b"", False),
    ],
)
def test_a_binary_is_known_by_its_first_bytes(start: bytes, expected: bool) -> None:
    assert formats.is_binary(start) is expected
