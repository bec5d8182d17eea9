"""Every reader, with a few inputs of each kind that tools/reliability makes; `tox -e reliability` tries many more."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from hypothesis import HealthCheck, Phase

from reliability import found, kinds, limits, report
from reliability.kinds import Kind

# Enough for each kind to be read; the whole module takes less than 20 seconds.
EXAMPLES = 12
NAMES = [kind.name for kind in kinds.KINDS]


@pytest.mark.parametrize("kind", kinds.KINDS, ids=NAMES)
def test_whatever_is_read_the_answer_is_a_value_or_our_own_error_and_soon(kind: Kind) -> None:
    def one(data: bytes) -> None:
        outcome = limits.attempt(kind.read, data)
        assert not outcome.failure, f"{outcome.failure}: {data[:500]!r}\n{outcome.detail}"

    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    # New inputs are for `tox -e reliability`; here each run tries the same.
    hypothesis.seed(1)(settings(hypothesis.given(kind.strategy())(one)))()


@pytest.mark.parametrize("kind", [kind for kind in kinds.KINDS if kind.known], ids=lambda kind: kind.name)
def test_what_failed_once_does_not_fail_again(kind: Kind) -> None:
    failures = [
        (data[:200], outcome.failure) for data in kind.known if (outcome := limits.attempt(kind.read, data)).failure
    ]
    assert failures == []


def test_every_kind_of_a_stored_input_is_there() -> None:
    assert set(found.INPUTS) <= set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


def _raises(_: bytes) -> None:
    raise KeyError("x")


def _takes_long(_: bytes) -> None:
    while True:
        pass


def _takes_much(_: bytes) -> None:
    bytearray(300 << 20)


@pytest.mark.parametrize(
    ("read", "failure"), [(_raises, "KeyError in "), (_takes_long, "too slow in "), (_takes_much, " MB")]
)
def test_a_reader_that_breaks_the_promise_is_found(read: kinds.Reader, failure: str) -> None:
    assert failure in limits.attempt(read, b"").failure


def test_a_table_is_replaced_between_its_marks_and_nowhere_else() -> None:
    page = "a\n<!-- faults -->\nold\n<!-- end of faults -->\nb\n"
    assert report.replaced(page, "faults", ["new"]) == "a\n<!-- faults -->\nnew\n<!-- end of faults -->\nb\n"
    with pytest.raises(ValueError, match="no marks for stops"):
        report.replaced(page, "stops", ["new"])


def test_the_page_has_the_marks_of_every_table() -> None:
    text = Path(report.PAGE).read_text(encoding="utf-8")
    for name in ("inputs", "stops", "faults"):
        assert report.replaced(text, name, []) != ""
