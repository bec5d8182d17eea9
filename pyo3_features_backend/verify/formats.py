"""Recognises the formats of binaries by their first bytes. A build needs this before it knows which reader it needs."""

from __future__ import annotations

ELF, PE = b"\x7fELF", b"MZ"
# Mach-O files for one architecture: (byte order, whether it is a 64-bit one).
THIN = {
    b"\xcf\xfa\xed\xfe": ("<", True),
    b"\xce\xfa\xed\xfe": ("<", False),
    b"\xfe\xed\xfa\xcf": (">", True),
    b"\xfe\xed\xfa\xce": (">", False),
}
# Universal files: whether offsets have 64 bits.
FAT = {b"\xca\xfe\xba\xbe": False, b"\xca\xfe\xba\xbf": True}

START = 8  # bytes that tell whether a file is a binary
_MOST_SLICES = 32  # a Java class has the first bytes of a universal file, and a larger number after them


def is_binary(start: bytes) -> bool:
    """Whether a file with these first bytes, of which there are :data:`START`, is one of the three formats."""
    if start[:4] in FAT:
        return int.from_bytes(start[4:8], "big") <= _MOST_SLICES
    return start.startswith((ELF, PE)) or start[:4] in THIN
