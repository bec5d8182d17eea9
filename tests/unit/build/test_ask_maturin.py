"""What maturin's crate is asked for, with the real cargo; nothing is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.build.ask_maturin import Asked, ask
from pyo3_features_backend.build.start import Start
from pyo3_features_backend.facts.interpreter import running
from support.targets import cpython


def asked(project: Path, build_args: str) -> Asked:
    found = ask(Start.read(project, {"build-args": build_args}))
    found.metadata.answer()
    found.rustc.answer()
    return found


def test_cargo_gets_the_flags_and_the_features_of_the_arguments(hello: Path) -> None:
    found = asked(hello, "--offline -F pyo3/serde")
    words = list(found.metadata.command)
    assert words[:2] == ["cargo", "metadata"] and "--offline" in words
    assert words[words.index("--features") + 1] == "pyo3/serde"
    assert [request.feature for request in found.query.requests] == ["serde"]
    assert (found.target, found.interpreter, found.triple) == (running(), None, None)


@pytest.mark.parametrize("given", ["", "--target aarch64-unknown-linux-gnu"])
def test_rustc_is_asked_and_the_triple_is_that_of_the_arguments(
    given: str, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CARGO_BUILD_TARGET", raising=False)
    found = asked(hello, given)
    assert found.rustc.answer()[1].startswith("rustc ")
    assert found.query.triple == found.triple == (given.removeprefix("--target ") or None)


def test_the_python_of_the_caller_comes_before_that_of_the_arguments(hello: Path) -> None:
    found = ask(Start.read(hello, {"build-args": "--interpreter /nowhere/python"}), cpython(12))
    assert found.target == found.interpreter == cpython(12)
    found.metadata.answer()
