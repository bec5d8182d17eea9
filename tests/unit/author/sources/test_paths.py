"""Paths as messages show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources.paths import shown


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b/Cargo.toml", "Cargo.toml"),
        ("/a/b/c/../d/Cargo.toml", "d/Cargo.toml"),
        ("/a/core/Cargo.toml", "../core/Cargo.toml"),
        ("/a/b", "."),
    ],
)
def test_a_path_is_shown_from_the_projects_folder(path: str, expected: str) -> None:
    assert shown(Path("/a/b"), Path(path)) == expected
