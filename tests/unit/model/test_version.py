"""Versions as numbers and as text."""

from __future__ import annotations

import pytest

from pyo3_features_backend.model.version import cp_tag, python_text, version_tuple


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.30.1", (0, 30, 1)),
        ("0.30.1-beta.2", (0, 30, 1)),
        ("1.97.0-nightly", (1, 97, 0)),
        ("3.14t", (3, 14)),
        ("7", (7,)),
        ("", ()),
        ("v1", ()),
    ],
)
def test_the_numbers_at_the_start_of_a_version(text: str, numbers: tuple[int, ...]) -> None:
    assert version_tuple(text) == numbers


def test_a_minor_of_two_digits_is_no_decimal_fraction() -> None:
    assert version_tuple("3.9") < version_tuple("3.10")
    assert (python_text((3, 10)), cp_tag((3, 10))) == ("3.10", "cp310")
