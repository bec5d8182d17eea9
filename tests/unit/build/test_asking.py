"""The target Python and the rustc target, as the environment and the arguments say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.build import asking
from pyo3_features_backend.facts.interpreter import running
from support.targets import cpython


def test_the_triple_is_that_of_the_arguments_then_cargos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARGO_BUILD_TARGET", raising=False)
    assert asking.target_triple(None) is None
    monkeypatch.setenv("CARGO_BUILD_TARGET", "from-cargo")
    assert [asking.target_triple(given) for given in (None, "given")] == ["from-cargo", "given"]
    monkeypatch.setenv("CARGO_BUILD_TARGET", "")
    assert asking.target_triple(None) is None


def test_archflags_are_a_triple_on_macos_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARGO_BUILD_TARGET", raising=False)
    monkeypatch.setenv("ARCHFLAGS", "-arch arm64")
    for system, triple in (("linux", None), ("darwin", "aarch64-apple-darwin")):
        monkeypatch.setattr(sys, "platform", system)
        assert asking.target_triple(None) == triple


def test_the_target_is_the_given_one_or_the_running_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PYO3_CONFIG_FILE", raising=False)
    given = cpython(12)
    assert asking.target_of(given, "any-triple", "host") is given
    assert asking.target_of(None, None, "") == running()
    assert asking.target_of(sys.executable, None, "") == running()
    (tmp_path / "pyo3.txt").write_text("version=3.14\n")
    monkeypatch.setenv("PYO3_CONFIG_FILE", str(tmp_path / "pyo3.txt"))
    assert asking.target_of(None, None, "").version == (3, 14)
