"""Which Pythons a tag serves."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.matrix import tags
from support.targets import cpython


@pytest.mark.parametrize(
    ("tag", "serves"),
    [
        ("py3-none", True),
        ("py2.py3-none", True),
        ("py39-none", True),
        ("py312-none", False),
        ("py2-none", False),
        ("py3-abi3", False),
        ("cp311-none", True),
        ("cp310-none", False),
        ("cp310.cp311-none", True),
    ],
)
def test_a_tag_without_an_abi_serves_that_python_and_a_generic_one_later_ones(tag: str, serves: bool) -> None:
    assert tags.serves(tag, cpython(11)) == serves
