"""Jobs that publish what PyPI rejects."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import publishing
from support.checks import the

WORKFLOW = """name: release
on: push
jobs:
  wheels:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v5
      - run: |
          pip install build twine
          python -m build
      - uses: pypa/gh-action-pypi-publish@release/v1
"""


def found(root: Path, text: str) -> list[tuple[str, str]]:
    file = root / ".github" / "workflows" / "release.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return [(problem.code, str(problem.place)) for problem in publishing.check(root)]


def test_a_job_that_builds_and_publishes(hello: Path) -> None:
    assert found(hello, WORKFLOW) == [("PFB274", ".github/workflows/release.yml:8")]
    the(hello, "PFB274", ".github/workflows/release.yml:8", "PyPI rejects its platform tag")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("python -m build", "uv build", True),
        ("python -m build", "python -m build --sdist --wheel", True),
        ("python -m build", "python3.12 -m build -w", True),
        ("uses: pypa/gh-action-pypi-publish@release/v1", "run: twine upload dist/*", True),
        ("uses: pypa/gh-action-pypi-publish@release/v1", "run: uv publish", True),
        ("runs-on: ubuntu-latest", "runs-on: [ubuntu-24.04]", True),
        ("python -m build", "python -m build --sdist", False),
        ("python -m build", "uv build -s", False),
        ("python -m build", "# python -m build", False),
        ("python -m build", "echo nothing", False),
        ("python -m build", "python -m build\n          auditwheel repair dist/*", False),
        ("runs-on: ubuntu-latest", "runs-on: windows-latest", False),
        ("runs-on: ubuntu-latest", "runs-on: ${{ matrix.os }}", False),
        ("actions/checkout@v5", "pypa/cibuildwheel@v4", False),
        ("pypa/gh-action-pypi-publish@release/v1", "actions/upload-artifact@v5", False),
        ("jobs:", "job:", False),
    ],
)
def test_which_jobs_are_told(tmp_path: Path, before: str, after: str, told: bool) -> None:
    assert before in WORKFLOW
    assert bool(found(tmp_path, WORKFLOW.replace(before, after))) is told


@pytest.mark.parametrize("text", ["", "[", "jobs: 3", "jobs: [1]", "jobs: {a: {steps: {}, runs-on: ubuntu}}", "- a"])
def test_what_is_no_workflow_is_passed_over(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, text) == []
