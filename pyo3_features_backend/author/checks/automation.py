"""Calls of maturin in workflows and task files: they build without the backend."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ...errors import Place
from ...model.problem import Problem
from .codes import finding

_CI = (
    ".github/workflows/*.yml",
    ".github/workflows/*.yaml",
    ".github/actions/*/action.yml",
    ".github/actions/*/action.yaml",
    ".forgejo/workflows/*.y*ml",
    ".gitlab-ci.yml",
    ".circleci/config.yml",
    ".cirrus.yml",
    ".woodpecker.yml",
    "azure-pipelines.yml",
)
_TASKS = ("tox.ini", "noxfile.py", "Makefile", "makefile", "GNUmakefile", "justfile", "Justfile", ".justfile")
_WHEELS = ("build", "b", "publish")
_DEVELOP = ("develop", "dev")
# `maturin build`, `python -m maturin build`, and in Python `"maturin", "build"`.
_CALL = re.compile(
    r"""\bmaturin(?:["']\s*,\s*["']|(?:\s|\\\n)+)(?:-[\w=-]+(?:["']\s*,\s*["']|\s+))*(build|b|publish|develop|dev)\b(?![-\w./])"""
)
_ACTION = re.compile(r"^(\s*)(-\s+)?uses:\s*[\"']?[\w.-]+/maturin-action@", re.MULTILINE)
_COMMAND = re.compile(r"^\s*command:\s*[\"']?([\w-]+)", re.MULTILINE)
_FLAGS = "pyo3-features args"
# Text for readers: a step's name, what is printed.
_SHOWN = re.compile(r"^\s*(-\s+)?(name|description|summary|title)\s*[:=]|\becho\b|\bprintf?\b")


def check(root: Path) -> Iterator[Problem]:
    """One finding for each file and kind, at the first line, naming the others."""
    files = [file for pattern in _CI for file in sorted(root.glob(pattern))]
    files += [root / name for name in _TASKS]
    seen: set[tuple[int, int]] = set()
    for file in [*files, root / "pyproject.toml"]:
        if not file.is_file():
            continue
        status = file.stat()
        if (status.st_dev, status.st_ino) in seen:  # Makefile and makefile where case does not matter
            continue
        seen.add((status.st_dev, status.st_ino))
        text = file.read_text(encoding="utf-8", errors="replace")
        yield from _file(file.relative_to(root).as_posix(), text)


def _file(name: str, text: str) -> Iterator[Problem]:
    calls = sorted({*_shell(text), *_actions(text)})
    wheels = [line for line, word in calls if word in _WHEELS]
    if wheels:
        yield finding(
            "PFB270",
            f"maturin builds wheels here{_more(wheels)}, and the backend decides nothing about them",
            Place(name, wheels[0]),
            "build through the backend (`python -m build`, `uv build`, cibuildwheel), or pass the plan to maturin: "
            "maturin build $(pyo3-features args)",
        )
    develop = [line for line, word in calls if word in _DEVELOP]
    if develop:
        yield finding(
            "PFB271",
            f"`maturin develop` compiles here{_more(develop)} without the backend: with other features than pip's "
            "build",
            Place(name, develop[0]),
            "pip install -e . or uv sync",
        )


def _more(lines: list[int]) -> str:
    """The lines after the first, in words."""
    rest = [str(line) for line in lines[1:]]
    return f" and on line{'s' if len(rest) > 1 else ''} {', '.join(rest)}" if rest else ""


def _shell(text: str) -> Iterator[tuple[int, str]]:
    """(line, command) of each call of maturin in a script, without those that use `pyo3-features args`."""
    lines = text.splitlines()
    for call in _CALL.finditer(_without_comments(text)):
        first = text.count("\n", 0, call.start()) + 1
        line = lines[first - 1]
        if _FLAGS not in _continued(lines, first - 1) and not _SHOWN.search(line):
            yield first, call.group(1)


def _continued(lines: list[str], at: int) -> str:
    """A line of a script with its continuation lines."""
    continued = [lines[at]]
    while continued[-1].endswith("\\") and at + 1 < len(lines):
        at += 1
        continued.append(lines[at])
    return "\n".join(continued)


def _without_comments(text: str) -> str:
    """The text with blanks for comments: YAML, Python, make, just and ini files all have them after ``#``."""
    return re.sub(r"(?m)(^|(?<=\s))#.*$", lambda comment: " " * len(comment.group()), text)


def _actions(text: str) -> Iterator[tuple[int, str]]:
    """(line, command) of each step of a workflow that uses maturin-action; without a command it builds."""
    text = _without_comments(text)
    lines = text.splitlines()
    for action in _ACTION.finditer(text):
        number = text.count("\n", 0, action.start(1)) + 1
        indent = len(action.group(1)) + len(action.group(2) or "")
        step = []
        for line in lines[number:]:
            own = len(line) - len(line.lstrip())
            if line.strip() and own < indent + line.lstrip().startswith("- "):
                break
            step.append(line)
        rest = "\n".join(step)
        command = _COMMAND.search(rest)
        if not (_FLAGS in text and "${{" in rest.partition("args:")[2].partition("\n")[0]):
            yield number, command.group(1) if command else "build"
