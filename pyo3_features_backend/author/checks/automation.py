"""Calls of maturin in workflows and task files: they build without the backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...errors import Place
from ...model.problem import Problem
from ..sources import automation
from ..sources.automation import Call, Unread
from .codes import finding


def check(root: Path, alone: bool = False) -> Iterator[Problem]:
    """One problem for each file and kind, at its first line, with the other lines; and one for each unreadable file.

    ``alone`` says that maturin itself is the build backend: `maturin develop` then builds as pip does.
    """
    calls: dict[str, list[Call]] = {}
    for one in automation.calls(root):
        if isinstance(one, Unread):
            yield finding("PFB273", f"{one.why}: cannot tell which lines call maturin", one.place, one.hint)
        else:
            calls.setdefault(one.place.file, []).append(one)
    for of_file in calls.values():
        yield from _file(of_file, alone)


def _file(calls: Sequence[Call], alone: bool) -> Iterator[Problem]:
    wheels = [call.place for call in calls if call.makes_wheels]
    if wheels and alone:
        yield finding(
            "PFB270",
            f"maturin builds wheels here{_more(wheels)} without the flags of the plan",
            wheels[0],
            "maturin build $(pyo3-features args)",
        )
    elif wheels:
        yield finding(
            "PFB270",
            f"maturin builds wheels here{_more(wheels)} without this backend",
            wheels[0],
            "build through the backend (`python -m build`, `uv build`, cibuildwheel), or pass the plan to maturin: "
            "maturin build $(pyo3-features args)",
        )
    develop = [call.place for call in calls if not call.makes_wheels]
    if develop and not alone:
        yield finding(
            "PFB271",
            f"`maturin develop` compiles here{_more(develop)} without the backend: with other features than pip's "
            "build",
            develop[0],
            "pip install -e . or uv sync",
        )


def _more(places: Sequence[Place]) -> str:
    """The lines after the first, in words."""
    rest = [str(line) for line in dict.fromkeys(place.line for place in places[1:])]
    return f" and on line{'s' if len(rest) > 1 else ''} {', '.join(rest)}" if rest else ""
