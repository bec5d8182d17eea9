"""The plans of a project for many Pythons, without a build."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.build import survey
from pyo3_features_backend.facts import crates
from pyo3_features_backend.facts.query import Query
from support.examples import example
from support.matrices import ALL


def test_the_crate_graph_is_read_once_for_all_pythons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Query] = []

    class Counted(crates._Metadata):
        def __init__(self, query: Query, output: str) -> None:
            answers.append(query)
            super().__init__(query, output)

    monkeypatch.setattr(crates, "_Metadata", Counted)
    plans = survey.facts_for(example("hello", tmp_path), ALL)
    assert len(plans) == len(ALL) > 10
    assert len(answers) == 1
