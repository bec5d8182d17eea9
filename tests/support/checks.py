"""What ``check`` finds in a project, and where."""

from __future__ import annotations

import re
from pathlib import Path

from pyo3_features_backend.author.checks import check
from pyo3_features_backend.model.codes import CODES
from pyo3_features_backend.model.problem import Problem
from support.files import add
from support.targets import cpython_here


def with_cache_keys(root: Path) -> Path:
    """examples/hello with these has no finding."""
    keys = '[{ file = "*.toml" }, { file = "Cargo.lock" }, { file = "src/**/*.rs" }]'
    add(root / "pyproject.toml", f"\n[tool.uv]\ncache-keys = {keys}\n")
    return root


def found(root: Path, code: str, python: str | None = "3.12", environ: dict[str, str] | None = None) -> list[Problem]:
    problems = check(root, cpython_here(python) if python else None, environ or {})
    return [problem for problem in problems if problem.code == code]


def codes(root: Path) -> list[str]:
    return sorted(problem.code for problem in check(root, cpython_here("3.12"), {}))


def the(
    root: Path, code: str, place: str, *words: str, beside: str = "", environ: dict[str, str] | None = None
) -> None:
    """The one finding with a code, its place (``Cargo.toml:14``) and words of its message.

    ``beside`` are the codes of all other findings: there must be no more and no fewer.
    """
    (problem,) = found(root, code, environ=environ)
    assert str(problem.place) == place
    for word in words:
        assert word in problem.message
    assert problem.hint
    assert code not in CODES or problem.severity == CODES[code].severity
    if environ is None:
        assert codes(root) == sorted([code, *beside.split()])


def line(file: Path, text: str) -> str:
    """``pyproject.toml:3`` of the first line that holds a text."""
    numbers = [number for number, row in enumerate(file.read_text().splitlines(), 1) if text in row]
    return f"{file.name}:{numbers[0]}"


def built_by(root: Path, requires: str, name: str) -> Path:
    """The project with another build backend, and nothing of this one in build-system."""
    file = root / "pyproject.toml"
    text = re.sub(r"(?m)^requires = .*", f"requires = {requires}", file.read_text(), count=1)
    file.write_text(re.sub(r"(?m)^build-backend = .*", f'build-backend = "{name}"', text))
    return root
