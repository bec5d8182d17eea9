"""The delegate of a project, and what the hooks ask a front end to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.build.requirements import delegate_of
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.model.words import DelegateName
from support.examples import example
from support.readers import project_of
from support.verbs import explain, module


def test_the_delegate_is_asked_for_unless_it_is_named(hello: Path) -> None:
    call = "import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
    asked = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=True).stdout
    assert "maturin>=1.14" in asked
    file = hello / "pyproject.toml"
    file.write_text(file.read_text().replace('"pyo3-features-backend"]', '"pyo3-features-backend", "maturin"]'))
    asked = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=True).stdout
    assert "maturin" not in asked


def test_without_cargo_puccinialin_is_asked_for_and_its_rust_is_used(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "puccinialin.py").write_text(
        f"def setup_rust():\n    print('set up')\n    return {{'PATH': {os.environ['PATH']!r}}}\n"
    )
    environment = {"PATH": str(tmp_path / "empty"), "PYTHONPATH": str(tmp_path)}
    code = "import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert "puccinialin" in asked.stdout
    result = explain(project, **environment)
    assert result.returncode == 0, result.stderr
    assert "set up" in result.stdout
    assert '"python_tag": "cp39"' in result.stdout


@pytest.mark.parametrize(
    ("text", "setup", "expected"),
    [
        ("", False, "maturin"),
        ("", True, "setuptools-rust"),
        ("[tool.maturin]", True, "maturin"),
        ("[tool.setuptools-rust]", False, "setuptools-rust"),
        ('[build-system]\nrequires = ["Setuptools_Rust>=1"]\n[tool.maturin]', False, "setuptools-rust"),
        ('[build-system]\nrequires = ["maturin", "pyo3-features-backend[setuptools_rust]"]', False, "setuptools-rust"),
    ],
)
def test_the_delegate_is_found_by_the_order_of_the_reference(
    tmp_path: Path, text: str, setup: bool, expected: str
) -> None:
    if setup:
        (tmp_path / "setup.py").touch()
    assert delegate_of(project_of(tmp_path, text), None) == expected
    assert delegate_of(project_of(tmp_path, text), DelegateName.MATURIN) == "maturin"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[build-system]\nrequires = ["maturin", "setuptools-rust"]', 2),
        ('[build-system]\nrequires = ["pyo3-features-backend[maturin,setuptools-rust]"]', 2),
        ('[build-system]\nrequires = ["x"]\n[tool.setuptools-rust]\n[tool.maturin]', 4),
    ],
)
def test_two_delegates_at_one_level_are_told_with_the_line_of_that_level(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(ProjectError, match=rf"pyproject\.toml:{line}: both maturin and setuptools-rust are named"):
        delegate_of(project_of(tmp_path, text), None)


def test_the_build_requires_abi3info_only_where_symbols_are_checked(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\n')
    for verify, kind, expected in (("symbols", "wheel", True), ("tags", "wheel", False), ("symbols", "sdist", False)):
        (tmp_path / "x.py").write_text(
            f"import pyo3_features_backend as b\nprint(b.get_requires_for_build_{kind}({{'verify': {verify!r}}}))\n"
        )
        result = module(["x"], tmp_path)
        assert result.returncode == 0, result.stderr
        assert ("abi3info" in result.stdout) == expected
