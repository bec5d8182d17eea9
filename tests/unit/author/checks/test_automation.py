"""Calls of maturin in workflows and task files: which are found, and on which line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import check
from support.checks import codes, the
from support.files import add, replace
from support.targets import cpython_here

WORKFLOW = """name: maturin build
jobs:
  wheels:
    steps:
      - uses: actions/checkout@v6
      - name: maturin build of the wheels
        uses: PyO3/maturin-action@v1
        with:
          args: --release
      - uses: PyO3/maturin-action@v1
        with:
          command: sdist
      # - uses: PyO3/maturin-action@v1
      - name: upload
        uses: "PyO3/maturin-action@0123456"
        with:
          command: upload
          args: --non-interactive
      - run: |
          maturin sdist
          python -m maturin \\
            build --release
      - run: maturin build $(pyo3-features args)
      - run: cargo test
"""


def test_a_workflow_that_builds_with_maturin_is_told_with_every_line(hello: Path) -> None:
    add(hello / ".github" / "workflows" / "ci.yml", WORKFLOW)
    the(hello, "PFB270", ".github/workflows/ci.yml:7", "here and on line 21,")
    assert codes(hello) == ["PFB270"]


def test_a_workflow_that_takes_its_flags_from_us_is_in_order(hello: Path) -> None:
    add(
        hello / ".github" / "workflows" / "ci.yaml",
        "jobs:\n  wheels:\n    steps:\n      - id: plan\n"
        '        run: echo "args=$(pyo3-features args)" >> "$GITHUB_OUTPUT"\n'
        "      - uses: PyO3/maturin-action@v1\n        with:\n"
        "          args: --release ${{ steps.plan.outputs.args }}\n",
    )
    assert check(hello, cpython_here("3.12"), {}) == []
    replace(hello / ".github" / "workflows" / "ci.yaml", "run: echo", "run: true # echo")
    the(hello, "PFB270", ".github/workflows/ci.yaml:6")


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("tox.ini", "[testenv]\ncommands =\n    maturin develop --release\n", 3),
        ("noxfile.py", 'def t(session):\n    session.run("maturin", "develop")\n', 2),
        ("noxfile.py", 'def t(session):\n    session.run(\n        "maturin",\n        "develop",\n    )\n', 3),
        ("Makefile", "dev:\n\t# maturin develop\n\tuv run maturin develop --uv\n", 3),
        ("justfile", "dev:\n  maturin -v dev\n", 2),
        (".gitlab-ci.yml", "test:\n  script:\n    - maturin develop\n", 3),
        (".github/workflows/t.yml", "steps:\n- uses: PyO3/maturin-action@v1\n  with:\n    command: develop\n", 2),
        ("pyproject.toml", '\n[tool.poe.tasks]\ndev = "maturin develop"\n', 17),
        ("Makefile", "dev:\n\t@echo now maturin develop\n", None),
        ("Makefile", "dev:\n\tmaturin develop-docs\n\tpip install maturin\n", None),
    ],
)
def test_maturin_develop_is_found_where_it_is_called(hello: Path, name: str, text: str, place: int | None) -> None:
    add(hello / name, text)
    if place:
        the(hello, "PFB271", f"{name}:{place}")
    else:
        assert codes(hello) == []


def test_publishing_with_maturin_is_building_with_it(hello: Path) -> None:
    add(hello / ".gitlab-ci.yml", "wheels:\n  script:\n    - maturin publish -i python3.12\n")
    the(hello, "PFB270", ".gitlab-ci.yml:3")
