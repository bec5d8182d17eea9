"""Keys of pyproject.toml that the delegate does not read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.checks import codes, line, the
from support.examples import example
from support.files import add, replace
from support.setuptools_project import project

NAMES = 'requires-python = ">=3.9"\nimport-names = ["hello_pyo3"]\n'


def metadata(root: Path) -> str:
    """What maturin itself writes of the project."""
    code = "import maturin; print(maturin.prepare_metadata_for_build_wheel('out'))"
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True)
    (file,) = (root / "out").glob("*.dist-info/METADATA")
    return file.read_text(encoding="utf-8")


def test_import_names_with_maturin(hello: Path) -> None:
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"\n', NAMES)
    the(hello, "PFB291", line(hello / "pyproject.toml", "import-names"), "maturin does not write import-names into")
    assert "Import-Name" not in metadata(hello)
    replace(hello / "pyproject.toml", NAMES, NAMES + 'import-namespaces = ["ns"]\n')
    the(hello, "PFB291", line(hello / "pyproject.toml", "import-names"), "import-names and import-namespaces")


def test_import_names_stop_setuptools_itself(tmp_path: Path) -> None:
    root = project(tmp_path)
    replace(root / "pyproject.toml", 'requires-python = ">=3.9"\n', NAMES)
    assert "PFB220" in codes(root)
    assert "PFB291" not in codes(root)


def test_setuptools_scm_with_maturin(hello: Path) -> None:
    add(hello / "pyproject.toml", "\n[tool.setuptools_scm]\n")
    the(hello, "PFB290", line(hello / "pyproject.toml", "[tool.setuptools_scm]"), "maturin does not read")
    replace(hello / "pyproject.toml", 'version = "0.1.0"', 'dynamic = ["version"]')
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"], ["tag", "v7.8.9"]):
        own = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", *own, *words], cwd=hello, check=True, capture_output=True)
    assert "\nVersion: 7.8.9\n" not in metadata(hello)


@pytest.mark.parametrize("requires", ["", '"setuptools-scm>=8", ', '"setuptools_scm[toml]", ', '"vcs-versioning", '])
def test_setuptools_scm_with_setuptools_is_to_be_required(tmp_path: Path, requires: str) -> None:
    root = example("setuptools", tmp_path)
    add(root / "pyproject.toml", "\n[tool.setuptools_scm]\n")
    replace(root / "pyproject.toml", 'requires = ["pyo3', f'requires = [{requires}"pyo3')
    assert ("PFB290" in codes(root)) == (not requires)
