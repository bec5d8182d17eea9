"""What cargo is asked for a crate."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.errors import CrateError, Place
from pyo3_features_backend.facts.query import Query, as_feature, ask, shown
from pyo3_features_backend.model.crate import Request


@pytest.mark.parametrize(
    ("triple", "filters"),
    [
        (None, []),
        ("x86_64-apple-darwin", ["x86_64-apple-darwin"]),
        ("universal2-apple-darwin", ["aarch64-apple-darwin", "x86_64-apple-darwin"]),
    ],
)
def test_cargo_is_asked_for_the_platforms_of_the_target(triple: str | None, filters: list[str], hello: Path) -> None:
    question = ask(Query(hello, hello / "Cargo.toml", flags=("--offline",), triple=triple))
    words = list(question.command)
    assert words[words.index(str(hello / "Cargo.toml")) + 1] == "--offline"
    assert [words[at + 1] for at, word in enumerate(words) if word == "--filter-platform"] == filters
    question.answer()


def test_a_missing_manifest_is_one_message_before_cargo_runs(tmp_path: Path) -> None:
    with pytest.raises(CrateError, match=r"there is no rust/Cargo\.toml") as caught:
        ask(Query(tmp_path, tmp_path / "rust" / "Cargo.toml", hint="set it"))
    assert caught.value.hint == "set it"


def test_a_manifest_outside_the_project_is_shown_whole(tmp_path: Path) -> None:
    assert shown(tmp_path / "a", tmp_path / "a" / "b" / "Cargo.toml") == "b/Cargo.toml"
    assert shown(tmp_path / "a", tmp_path / "Cargo.toml") == str(tmp_path / "Cargo.toml")


def test_a_feature_of_a_dependency_is_one_of_pyo3() -> None:
    request = Request("pyo3/serde", Place("build arguments"), "the build arguments")
    assert as_feature(request) == request._replace(feature="serde")
