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


def test_the_last_package_ends_before_the_tables_that_follow_it(tmp_path: Path) -> None:
    (tmp_path / "Cargo.lock").write_text(
        '[[package]]\nname = "own"\nversion = "1.0.0"\ndependencies = [\n "zpart",\n]\n\n'
        '[[package]]\nname = "zpart"\nversion = "1.0.0"\n\n'
        '[[patch.unused]]\nname = "other"\nversion = "2.0.0"\nsource = "git+https://x"\n\n'
        '[metadata]\n"checksum a" = "0"\n'
    )
    assert clean.packages(tmp_path) == ["own", "zpart"]
