"""Bounded access to the bytes of a binary: nothing is read outside of a part."""

from __future__ import annotations

import pytest

from pyo3_features_backend.verify.data import LONGEST_NAME, MOST_SYMBOLS, Data
from pyo3_features_backend.verify.values import BinaryError

PART = Data(b"....\x01\x00\x02\x00ab\x00cd", 4, 7)  # up to the NUL


def test_offsets_begin_at_the_part() -> None:
    assert PART.unpack("<HH", 0) == (1, 2)
    assert PART.read(4, 3) == b"ab\0"
    assert list(PART.rows("<H", 0, 2)) == [(1,), (2,)]
    assert (PART.text(4), PART.text(5), PART.text(6)) == ("ab", "b", "")


@pytest.mark.parametrize(("offset", "size"), [(-1, 1), (0, -1), (0, 8), (6, 2), (2**64, 1)])
def test_what_is_outside_of_the_part_is_not_read(offset: int, size: int) -> None:
    with pytest.raises(BinaryError, match="truncated"):
        PART.read(offset, size)


@pytest.mark.parametrize("offset", [-1, 7, 2**64])
def test_a_name_outside_of_the_part_is_not_read(offset: int) -> None:
    with pytest.raises(BinaryError, match="truncated"):
        PART.text(offset)


@pytest.mark.parametrize(("start", "size"), [(-1, 1), (0, 14), (14, 0), (3, -1)])
def test_a_part_is_within_the_file(start: int, size: int) -> None:
    with pytest.raises(BinaryError, match="truncated"):
        Data(PART.content, start, size)


def test_a_name_ends_within_the_part_and_is_not_too_long() -> None:
    with pytest.raises(BinaryError, match="a name in it is not terminated"):
        Data(PART.content, 4, 6).text(4)
    assert len(Data(b"a" * (LONGEST_NAME - 1) + b"\0").text(0)) == LONGEST_NAME - 1
    with pytest.raises(BinaryError, match="a name in it is not terminated"):
        Data(b"a" * LONGEST_NAME + b"\0").text(0)


def test_more_rows_than_any_binary_has_are_refused_before_they_are_read() -> None:
    with pytest.raises(BinaryError, match=f"it has {MOST_SYMBOLS + 1} symbols"):
        PART.rows("<H", 0, MOST_SYMBOLS + 1)
