"""Which packages are cleaned."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.rebuild import clean


def test_own_packages_are_those_without_a_source(tmp_path: Path) -> None:
    assert clean.packages(tmp_path) == []
    (tmp_path / "Cargo.lock").write_text(
        'version = 4\n\n[[package]]\nname = "a"\nversion = "1.0.0"\nsource = "registry+https://x"\nchecksum = "0"\n\n'
        '[[package]]\nname = "own"\nversion = "1.0.0"\ndependencies = [\n "a",\n]\n\n[[package]]\nname = "part"\n'
        'version = "0.1.0"\n'
    )
    assert clean.packages(tmp_path) == ["own", "part"]
