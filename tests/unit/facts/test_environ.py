"""The environment of this process, changed for a while."""

from __future__ import annotations

import os

import pytest

from pyo3_features_backend.facts.environ import changed


def test_whatever_happens_inside_the_environment_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "before")
    monkeypatch.setenv("KEPT", "1")
    monkeypatch.delenv("NEW", raising=False)
    before = dict(os.environ)
    with pytest.raises(KeyError), changed({"OURS": "within"}):
        assert os.environ["OURS"] == "within"
        os.environ["NEW"] = "1"
        del os.environ["KEPT"]
        raise KeyError
    assert dict(os.environ) == before
