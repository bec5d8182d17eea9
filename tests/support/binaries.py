"""Small binaries of each format, written field by field as their specifications say, and wheels that hold them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

LIBC = ("libc.so.6",)


def elf(
    imports: Sequence[str] = (),
    exports: Sequence[str] = (),
    needed: Sequence[str] = LIBC,
    *,
    machine: int = 62,
    weak: Sequence[str] = (),
) -> bytes:
    """A shared library for 64-bit Linux with one segment, and no section headers."""
    names = b"\0" + b"".join(name.encode() + b"\0" for name in (*imports, *weak, *exports, *needed))

    def at(name: str) -> int:
        return names.index(b"\0" + name.encode() + b"\0") + 1

    symbols = bytes(24)
    symbols += b"".join(struct.pack("<IBBHQQ", at(name), 1 << 4, 0, 0, 0, 0) for name in imports)
    symbols += b"".join(struct.pack("<IBBHQQ", at(name), 2 << 4, 0, 0, 0, 0) for name in weak)
    symbols += b"".join(struct.pack("<IBBHQQ", at(name), 1 << 4, 0, 1, 64, 0) for name in exports)
    count = len(symbols) // 24
    start = 64 + 2 * 56
    hashed = struct.pack("<III", 1, count, 0) + bytes(4 * count)
    symbols_at = start + len(names)
    hash_at = symbols_at + len(symbols)
    dynamic_at = hash_at + len(hashed)
    entries = [(1, at(name)) for name in needed]
    entries += [(4, hash_at), (5, start), (6, symbols_at), (10, len(names)), (0, 0)]
    dynamic = b"".join(struct.pack("<qQ", *entry) for entry in entries)
    size = dynamic_at + len(dynamic)
    header = b"\x7fELF\x02\x01\x01" + bytes(9)
    header += struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    segments = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, size, size, 4096)
    segments += struct.pack("<IIQQQQQQ", 2, 6, dynamic_at, dynamic_at, 0, len(dynamic), len(dynamic), 8)
    return header + segments + names + symbols + hashed + dynamic


def macho(
    imports: Sequence[tuple[str, int]] = (),
    exports: Sequence[str] = (),
    needed: Sequence[str] = ("/usr/lib/libSystem.B.dylib",),
    *,
    machine: int = 0x0100000C,
) -> bytes:
    """A bundle for one architecture; each import has the number of its library (254: any that is loaded)."""
    commands = b""
    for name in needed:
        text = name.encode() + b"\0"
        text += bytes(-len(text) % 8)
        commands += struct.pack("<IIIIII", 0xC, 24 + len(text), 24, 0, 0, 0) + text
    strings = b"\0" + b"".join(b"_" + name.encode() + b"\0" for name in (*(name for name, _ in imports), *exports))

    def at(name: str) -> int:
        return strings.index(b"\0_" + name.encode() + b"\0") + 1

    symbols = b"".join(struct.pack("<IBBHQ", at(name), 1, 0, ordinal << 8, 0) for name, ordinal in imports)
    symbols += b"".join(struct.pack("<IBBHQ", at(name), 0xF, 1, 0, 64) for name in exports)
    symbols_at = 32 + len(commands) + 24
    count = len(imports) + len(exports)
    commands += struct.pack("<IIIIII", 2, 24, symbols_at, count, symbols_at + len(symbols), len(strings))
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, machine, 0, 8, len(needed) + 1, len(commands), 0x85, 0)
    return header + commands + symbols + strings


def universal(*images: bytes) -> bytes:
    """A universal file of several images."""
    offset, table, content = 8 + 20 * len(images), b"", b""
    for image in images:
        machine = struct.unpack_from("<I", image, 4)[0]
        table += struct.pack(">IIIII", machine, 0, offset + len(content), len(image), 0)
        content += image
    return struct.pack(">II", 0xCAFEBABE, len(images)) + table + content


def pe(libraries: Mapping[str, Sequence[str]], exports: Sequence[str] = (), *, machine: int = 0x8664) -> bytes:
    """A 64-bit DLL with one section; its import table has the names that are taken from each library."""
    base, place = 0x1000, 0x200
    content = bytearray(20 * (len(libraries) + 1) + 40)

    def add(data: bytes) -> int:
        address = base + len(content)
        content.extend(data + bytes(-len(data) % 8))
        return address

    for number, (library, names) in enumerate(libraries.items()):
        hints = [add(b"\0\0" + name.encode() + b"\0") for name in names]
        table = add(struct.pack(f"<{len(hints) + 1}Q", *hints, 0))
        struct.pack_into("<IIIII", content, 20 * number, table, 0, 0, add(library.encode() + b"\0"), table)
    exported_at = 20 * (len(libraries) + 1)
    pointers = add(struct.pack(f"<{len(exports)}I", *(add(name.encode() + b"\0") for name in exports)))
    struct.pack_into("<II", content, exported_at + 20, len(exports), len(exports))
    struct.pack_into("<I", content, exported_at + 32, pointers)
    header = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0"
    header += struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, 240, 0x2000)
    directories = struct.pack("<IIII", base + exported_at if exports else 0, 40, base, 20) + bytes(14 * 8)
    header += struct.pack("<H", 0x20B) + bytes(106) + struct.pack("<I", 16) + directories
    header += b".rdata\0\0" + struct.pack("<IIIIIIHHI", len(content), base, len(content), place, 0, 0, 0, 0, 0)
    return header + bytes(place - len(header)) + bytes(content)


def wheel(
    folder: Path,
    tag: str,
    files: Mapping[str, bytes],
    *,
    recorded: str | None = None,
    requires_python: str | None = ">=3.9",
    project: str = "demo",
) -> Path:
    """A wheel with these files, of version 1.0 unless ``project`` has another (``demo-2.1``).

    ``recorded`` is the tag in WHEEL, if not all of those in the name.
    """
    name, version = [*project.split("-"), "1.0"][:2]
    path = folder / f"{name}-{version}-{tag}.whl"
    pythons, abis, platforms = (part.split(".") for part in tag.split("-"))
    tags = [f"{p}-{a}-{s}" for p in pythons for a in abis for s in platforms] if recorded is None else [recorded]
    needs = f"Requires-Python: {requires_python}\n" if requires_python else ""
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(file, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\n" + "".join(f"Tag: {each}\n" for each in tags))
        archive.writestr(f"{info}/RECORD", "")
    return path
