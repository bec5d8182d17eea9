"""Which part of some cases a day's run has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from support.seed import part


@given(st.lists(st.integers(), unique=True, max_size=40), st.integers(1, 12), st.integers(0, 10**5))
def test_so_many_days_in_a_row_have_each_case_once(cases: list[int], parts: int, week: int) -> None:
    days = [part(cases, parts, str(week * parts + number)) for number in range(parts)]
    assert sorted(case for day in days for case in day) == sorted(cases)
    assert all(day == [case for case in cases if case in day] for day in days)
    assert max(map(len, days)) - min(map(len, days)) <= 1


def test_another_seed_has_another_part_and_a_word_has_one_too() -> None:
    cases = list(range(100))
    assert part(cases, 10, "1") != part(cases, 10, "2")
    assert part(cases, 10, "a word") == part(cases, 10, "a word") and len(part(cases, 10, "a word")) == 10
