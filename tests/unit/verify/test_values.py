"""The values of a wheel: what they say in short, and which names are like Python's."""

from __future__ import annotations

import pytest

from pyo3_features_backend.verify.values import PYTHON_SYMBOL, Binary, Image, Tag, Wheel


def image(architecture: str, *exports: str) -> Image:
    return Image(architecture, (), (), frozenset(exports))


def test_a_binary_has_the_exports_and_the_architectures_of_all_its_images() -> None:
    binary = Binary("Mach-O", (image("x86_64", "PyInit_a"), image("arm64", "PyInit_b"), image("x86_64")))
    assert binary.exports == {"PyInit_a", "PyInit_b"}
    assert binary.architectures == ("x86_64", "arm64")
    assert Binary("ELF", ()).exports == frozenset()


@pytest.mark.parametrize(
    ("tags", "label"),
    [
        ("cp39-abi3-any", "cp39-abi3"),
        ("cp315-abi3-any cp315-abi3t-any", "cp315-abi3.abi3t"),
        ("cp310-abi3-a cp310-abi3-b cp39-abi3-a cp39-abi3-b", "cp310.cp39-abi3"),
    ],
)
def test_the_label_of_a_wheel_is_the_start_of_its_tag(tags: str, label: str) -> None:
    parsed = tuple(Tag(*each.split("-")) for each in tags.split())
    assert Wheel("", "", parsed, (), None, ()).label == label


@pytest.mark.parametrize(
    ("name", "like"),
    [(b"PyList_New", True), (b"_Py_Dealloc", True), (b"Py_None", True), (b"Pytorch_x", False), (b"xPyList", False)],
)
def test_which_names_are_like_pythons(name: bytes, like: bool) -> None:
    assert bool(PYTHON_SYMBOL.match(name)) == like
