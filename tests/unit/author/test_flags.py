"""The flags of a plan, and those among the words for cargo that choose features."""

from __future__ import annotations

from pyo3_features_backend.author import flags


def test_feature_words_end_where_those_of_the_tests_begin() -> None:
    given = ["test", "-F", "a,b", "--all-features", "-Fc", "--features=d", "--release", "--", "--all-features"]
    assert flags.feature_words(given) == ["-F", "a,b", "--all-features", "-Fc", "--features=d"]
