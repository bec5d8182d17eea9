"""The environment of this process: changed for a while, and cargo on PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pyo3_features_backend.errors import ToolchainError
from pyo3_features_backend.facts.environ import cargo_on_path, changed


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


def test_without_cargo_the_message_says_where_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with cargo_on_path():
        pass
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MATURIN_NO_INSTALL_RUST", "1")
    (tmp_path / "puccinialin.py").write_text("def setup_rust(): raise SystemExit\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ToolchainError, match="cargo is not installed"), cargo_on_path():
        pass
    assert os.environ["PATH"] == str(tmp_path)
