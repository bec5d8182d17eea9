"""A plan in words."""

from __future__ import annotations

from pyo3_features_backend.model.plan import Plan
from pyo3_features_backend.model.words import Abi

PLAN = Plan(Abi.ABI3, (3, 9), (), {}, ("cp39", "abi3"), "why", (), (("environment", "because"),))


def test_the_label_is_the_tags_or_says_that_there_are_none_of_ours() -> None:
    assert PLAN.label == "cp39-abi3"
    assert PLAN._replace(wheel=None).label == "the delegate's default tags"


def test_the_reason_of_the_abi_is_the_first_of_the_reasons() -> None:
    assert PLAN.reasons == (("abi", "why"), ("environment", "because"))
