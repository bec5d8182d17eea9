"""Which part of the corpus a day's run builds."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.corpus import SETUPTOOLS_CASES, chosen, outside_of_pytest


@given(st.integers(0, 10**6))
def test_a_day_has_a_third_of_the_cases_and_any_week_has_all(day: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PFB_CORPUS", raising=False)
        week = [chosen(str(day + number)) for number in range(7)]
        assert {len(part) for part in week} <= {len(SETUPTOOLS_CASES) // 3, len(SETUPTOOLS_CASES) // 3 + 1}
        assert set().union(*week) == set(SETUPTOOLS_CASES)
        assert chosen(str(day)) == week[0]


def test_a_seed_that_is_no_number_chooses_too_and_all_is_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PFB_CORPUS", raising=False)
    assert set(chosen("a word")) < set(SETUPTOOLS_CASES)
    monkeypatch.setenv("PFB_CORPUS", "all")
    assert chosen("a word") == list(SETUPTOOLS_CASES)


def test_another_projects_pytest_is_not_told_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    assert not [name for name in outside_of_pytest() if name.startswith("PYTEST_")]
    assert outside_of_pytest()["PATH"] == os.environ["PATH"]
