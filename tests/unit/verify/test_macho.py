"""The reader of Mach-O: small bundles made here."""

from __future__ import annotations

import struct

import pytest

from pyo3_features_backend.verify import binary
from pyo3_features_backend.verify import macho as reader
from pyo3_features_backend.verify.data import Data
from pyo3_features_backend.verify.values import BinaryError, Import
from support.binaries import macho, universal


def test_a_table_without_an_end_is_refused_at_once() -> None:
    content = bytearray(macho([("PyList_New", 254), ("PyList_Size", 1)], ["PyInit_x"]))
    place = content.index(struct.pack("<II", 2, 24)) + 12
    struct.pack_into("<I", content, place, 2**32 - 1)
    with pytest.raises(BinaryError, match="4294967295 symbols"):
        binary.read(bytes(content))


def test_a_symbol_is_of_the_library_of_its_number() -> None:
    libraries = ["/usr/lib/libSystem.B.dylib", "@rpath/Python"]
    taken = [("PyA_x", 254), ("PyB_x", 2), ("PyC_x", 0), ("malloc", 1)]  # 0 is the file itself
    (image,) = reader.read(Data(macho(taken, [], libraries))).images
    assert image.imports == (Import("PyA_x"), Import("PyB_x", "@rpath/Python"))
    assert image.needed == tuple(libraries)
    with pytest.raises(BinaryError, match="in a library that it does not name"):
        reader.read(Data(macho([("PyA_x", 3)], [], libraries)))


def test_a_universal_file_has_an_image_for_each_architecture() -> None:
    intel, arm = macho([], ["PyInit_x"], machine=0x01000007), macho([], ["PyInit_y"])
    read = reader.read(Data(universal(intel, arm)))
    assert read.architectures == ("x86_64", "arm64")
    assert read.exports == {"PyInit_x", "PyInit_y"}
    with pytest.raises(BinaryError, match="without an architecture"):
        reader.read(Data(universal()))
    with pytest.raises(BinaryError, match="a part of the universal file is not Mach-O"):
        reader.read(Data(universal(b"junk" + arm[4:])))


def edges(*pairs: tuple[bytes, int]) -> bytes:
    """A node of a tree of exports that is no name itself, with its edges to other nodes."""
    return b"\x00" + bytes([len(pairs)]) + b"".join(name + b"\0" + bytes([node]) for name, node in pairs)


def test_the_names_in_the_tree_of_exports_are_read_where_symbols_are_stripped() -> None:
    # The root has an edge _PyInit_ to a node, which has the edges a and b; an edge _malloc is not Python's.
    leaf = b"\x02\x00\x40\x00"
    root_size = len(edges((b"_PyInit_", 0), (b"_malloc", 0)))
    node_size = len(edges((b"a", 0), (b"b", 0)))
    first = root_size + node_size
    tree = edges((b"_PyInit_", root_size), (b"_malloc", first)) + edges((b"a", first), (b"b", first)) + leaf
    assert reader._exported(Data(tree)) == {"PyInit_a", "PyInit_b"}
    with pytest.raises(BinaryError, match="cycle"):
        reader._exported(Data(edges((b"_Py", 0))))
