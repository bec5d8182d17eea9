"""A matrix of wheels as text: for people, and for what builds them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from .matrix import Matrix, Wheel
from .pythons import identifier, setup_python
from .target import Target


def ranges(targets: Iterable[Target]) -> str:
    """Pythons in few words: ``CPython 3.9 to 3.15, PyPy 3.11``."""
    rows: dict[str, list[Target]] = {}
    for target in targets:
        rows.setdefault(target.label.partition(" ")[0] + ("t" if target.free_threaded else ""), []).append(target)
    words = []
    for name, group in rows.items():
        threaded = "t" if name.endswith("t") else ""
        minors = [f"{one.version[0]}.{one.version[1]}{threaded}" for one in group]
        together = group[-1].version[1] - group[0].version[1] == len(group) - 1
        shown = f"{minors[0]} to {minors[-1]}" if together and len(minors) > 1 else ", ".join(minors)
        words.append(f"{name.rstrip('t') if threaded else name} {shown}")
    return ", ".join(words)


def rows(matrix: Matrix) -> list[tuple[str, str, str, str]]:
    """(wheel, what builds it, what it serves, why) for each wheel."""
    return [(wheel.label, ranges([wheel.build_with]), ranges(wheel.serves), wheel.reason) for wheel in matrix.wheels]


def github(matrix: Matrix) -> str:
    """A job matrix for GitHub Actions: ``strategy: matrix: ${{ fromJSON(...) }}``, an entry for each wheel."""
    include = [
        {
            "python-version": setup_python(wheel.build_with),
            "wheel": wheel.label,
            "serves": " ".join(identifier(target) for target in wheel.serves),
        }
        for wheel in matrix.wheels
    ]
    return json.dumps({"include": include})


# cibuildwheel 4: what it does not build unless it is asked to (its "enable" option), and what it never does.
_LAST_OF_PYPY = {(3, 9), (3, 10)}
_NONE = ("cp313t",)


def cibuildwheel(matrix: Matrix) -> str:
    """The variables of cibuildwheel 4 that build each wheel once for each platform.

    It does not build for a Python that a stable-ABI wheel of the same run can be installed on, so each further floor
    takes a run of its own.
    """
    built = [wheel for wheel in matrix.wheels if identifier(wheel.build_with) not in _NONE]
    further = [wheel for wheel in built if wheel.abi_tag == "abi3"][1:]
    first = [wheel for wheel in built if wheel not in further]
    lines = [f'CIBW_BUILD="{_selected(first)}"']
    groups = sorted({group for wheel in first for group in _groups(wheel)})
    if groups:
        lines.append(f'CIBW_ENABLE="{" ".join(groups)}"')
    lines += [f'# in a run of its own: CIBW_BUILD="{_selected([wheel])}" ({wheel.label})' for wheel in further]
    lines += [f"# not built by cibuildwheel: {wheel.label}" for wheel in matrix.wheels if wheel not in built]
    return "\n".join(lines)


def _selected(wheels: Iterable[Wheel]) -> str:
    return " ".join(f"{identifier(wheel.build_with)}-*" for wheel in wheels)


def _groups(wheel: Wheel) -> list[str]:
    target = wheel.build_with
    if target.implementation == "pypy":
        return ["pypy-eol"] if target.version in _LAST_OF_PYPY else ["pypy"]
    return ["graalpy"] if target.implementation == "graalpy" else []
