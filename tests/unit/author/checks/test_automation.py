"""Calls of maturin in workflows and task files: the findings, on which line, and that on a file that is not read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.checks import automation, check
from pyo3_features_backend.model.problem import Problem
from support.checks import codes, the
from support.files import add, replace, write
from support.targets import cpython_here

pytest.importorskip("yaml")

CI = ".github/workflows/ci.yml"
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
    the(hello, "PFB270", ".github/workflows/ci.yml:7", "here and on line 21 without")
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


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"jobs:\n\tsteps: 1\n", 2, "not YAML: found character '\\t'"),
        (b"a: 1\nb: \xff\n", 2, "not UTF-8 text"),
        (b"a: 1\nb: \x00\n", 2, "not YAML"),
        (b'a: 1\nb: "\\U00ffffff"\n', 2, "not YAML"),
        (b"a: 1\nb: *none\n", 2, "undefined alias"),
        (b"a:\n  " + b"[" * 3000, 2, "nested too deeply"),
        (b"".join(b" " * deep + b"a:\n" for deep in range(1400)), None, "nested too deeply"),
        (b"a: 1\n" * 300_000, None, "larger than 1 MiB"),
        ("a: 1".encode("utf-16"), 1, "not UTF-8 text"),
    ],
)
def test_what_is_no_yaml_is_a_finding_with_its_line(
    content: bytes, line: int | None, words: str, tmp_path: Path
) -> None:
    write(tmp_path, {CI: "", ".gitlab-ci.yml": "a:\n  script: maturin build\n"})
    (tmp_path / CI).write_bytes(content)
    unread, other = automation.check(tmp_path)
    assert (unread.code, other.code) == ("PFB273", "PFB270")
    assert unread.place is not None and unread.place.file == CI
    assert line is None or unread.place.line == line
    assert words in unread.message


def test_without_pyyaml_a_finding_says_that_no_workflow_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"Makefile": "a:\n\tmaturin build\n"})
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert [problem.code for problem in automation.check(tmp_path)] == ["PFB270"]
    write(tmp_path, {CI: "a: maturin build\n"})
    problems: list[Problem] = list(automation.check(tmp_path))
    assert [problem.code for problem in problems] == ["PFB273", "PFB270"]
    assert "PyYAML" in problems[0].message and "[cli]" in str(problems[0].hint)


def test_where_maturin_builds_its_own_calls_miss_only_the_flags(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("dev:\n\tmaturin develop\nwheel:\n\tmaturin build\n")
    (problem,) = automation.check(tmp_path, alone=True)
    assert (problem.code, str(problem.place)) == ("PFB270", "Makefile:4")
    assert "without the flags of the plan" in problem.message
