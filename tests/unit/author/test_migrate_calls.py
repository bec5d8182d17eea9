"""What migrate says of CI that calls maturin itself, and what it does when a build of the result fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author import backend
from support.files import write
from support.gated_project import PYPROJECT, command, gated

pytest.importorskip("tomlkit")
pytest.importorskip("yaml")

OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"
WORKFLOW = """jobs:
  wheels:
    steps:
      - run: maturin build -i python3.13 --release
      - uses: PyO3/maturin-action@v1
        with:
          args: --out dist
      - run: maturin develop
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(gated(tmp_path), {".github/workflows/ci.yml": WORKFLOW})


def test_lines_of_ci_that_lose_abi3_are_shown_with_what_to_write(project: Path) -> None:
    shown = command(project, "--diff")
    assert shown.returncode == 0
    assert ".github" not in shown.stdout
    assert f"call maturin themselves and build {OWN}-{OWN}, not the cp39-abi3 of the plan:\n" in shown.stderr
    assert (
        "  .github/workflows/ci.yml:4: - run: maturin build -i python3.13 --release\n"
        "  +       - run: maturin build $(pyo3-features args --python python3.13) --release\n"
        "  .github/workflows/ci.yml:5: - uses: PyO3/maturin-action@v1\n"
        "  before it:\n"
        "  +       - id: plan\n"
        "  +         shell: bash\n"
        '  +         run: echo "args=$(pyo3-features args)" >> "$GITHUB_OUTPUT"\n'
        "  in its `with:`:\n"
        "  +           args: --out dist ${{ steps.plan.outputs.args }}\n"
    ) in shown.stderr
    assert "note: `maturin develop` does not ask the backend: .github/workflows/ci.yml:8\n" in shown.stderr


def test_a_migrated_project_is_not_called_done_while_ci_goes_past_the_backend(project: Path) -> None:
    assert command(project, "--yes").returncode == 0
    assert (project / ".github/workflows/ci.yml").read_text() == WORKFLOW
    again = command(project, "--yes")
    assert "the project uses this backend already; what is named above is left to you\n" in again.stderr
    assert "call maturin themselves" in again.stderr
    (project / ".github/workflows/ci.yml").write_text("jobs: [\n")
    again = command(project, "--yes")
    assert "ci.yml:2: not YAML: " in again.stderr
    assert "what is named above is left to you" in again.stderr


def test_a_build_that_fails_writes_nothing_and_says_why(project: Path) -> None:
    write(project, {"pyproject.toml": PYPROJECT.replace('requires = ["', 'requires = ["gone @ file:///gone.whl", "')})
    before = (project / "pyproject.toml").read_bytes(), (project / "Cargo.toml").read_bytes()
    result = command(project, "--yes", "--build")
    assert result.returncode == 1
    assert result.stderr.count("error:") == 1
    assert "pip cannot install what the build requires" in result.stderr
    assert "nothing was written" in result.stderr
    assert ((project / "pyproject.toml").read_bytes(), (project / "Cargo.toml").read_bytes()) == before


@pytest.mark.parametrize(
    ("version", "bounds"),
    [
        ("0.1.0", ">=0.1,<0.2"),
        ("0.10.3", ">=0.10,<0.11"),
        ("1.0", ">=1.0,<2"),
        ("2.4.1", ">=2.4,<3"),
        ("0.2.0.dev1", ">=0.2.0.dev1,<0.3"),
        ("1.0rc1", ">=1.0rc1,<2"),
    ],
)
def test_the_bounds_let_in_no_release_that_may_break(version: str, bounds: str) -> None:
    assert backend.bounds(version) == bounds


def test_a_bound_of_the_authors_stays(project: Path) -> None:
    own = 'requires = ["pyo3-features-backend>=0.0.1", "'
    write(project, {"pyproject.toml": PYPROJECT.replace('requires = ["', own)})
    assert command(project, "--yes").returncode == 0
    assert own in (project / "pyproject.toml").read_text()
