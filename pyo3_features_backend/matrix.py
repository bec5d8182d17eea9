"""The smallest set of wheels for all the Pythons that a project supports. Pure: plans in, wheels out.

Each Python gets the wheel that a build for it would make (:mod:`plan`); those whose builds make the same one share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .abi import OF_THE_BUILDER
from .plan import Plan
from .project import allows
from .pythons import identifier
from .target import Target

OLDEST = (3, 9)  # a build backend runs in the Python that it builds for, and this one needs 3.9
_NOT_SUPPORTED = "PFB140"
_IMPLEMENTATIONS = {"CPython": "cpython", "PyPy": "pypy", "GraalPy": "graalpy"}
_PYTHON = "Programming Language :: Python :: "


class Wheel(NamedTuple):
    """One wheel, for each platform: its tags, the Pythons that it ``serves``, oldest first, and why it is as it is."""

    python_tag: str
    abi_tag: str
    serves: tuple[Target, ...]
    reason: str

    @property
    def build_with(self) -> Target:
        """The oldest Python that it serves and that can build it."""
        return next(target for target in self.serves if target.version >= OLDEST)

    @property
    def label(self) -> str:
        """``cp39-abi3``."""
        return f"{self.python_tag}-{self.abi_tag}"


class Gap(NamedTuple):
    """A Python that the project allows and that gets no wheel; ``mendable`` says that the project can do something."""

    target: Target
    reason: str
    mendable: bool


class Matrix(NamedTuple):
    """The wheels, and the Pythons without one."""

    wheels: tuple[Wheel, ...]
    gaps: tuple[Gap, ...]


def allowed(targets: Iterable[Target], requires_python: str | None, classifiers: Sequence[str]) -> list[Target]:
    """The Pythons that ``requires-python`` and the classifiers allow.

    Classifiers only narrow: of implementations where one is named, of minor versions where any is. Free threading has a
    classifier, too, but a project without it says nothing.
    """
    named = [text[len(_PYTHON) :] for text in classifiers if text.startswith(_PYTHON)]
    minors = {text for text in named if text.startswith("3.")}
    implementations = {own for name, own in _IMPLEMENTATIONS.items() if f"Implementation :: {name}" in named}
    return [
        target
        for target in targets
        if allows(requires_python, target.version)
        and (not minors or f"{target.version[0]}.{target.version[1]}" in minors)
        and (not implementations or target.implementation in implementations)
    ]


def of_plans(plans: Iterable[tuple[Target, Plan]], without: Mapping[Target, str]) -> Matrix:
    """The wheels of ``plans``; the Pythons come in the order in which they are to be shown. ``without`` are those that
    would get a wheel without the extension, with the reason.
    """
    groups: dict[tuple[str, str], list[tuple[Target, Plan]]] = {}
    lowest: dict[str, tuple[str, str]] = {}
    gaps = []
    for target, plan in plans:
        error = next((problem for problem in plan.problems if problem.severity == "error"), None)
        if error:
            gaps.append(Gap(target, error.message, error.code != _NOT_SUPPORTED))
        elif target in without:
            gaps.append(Gap(target, without[target], False))
        else:
            tags = plan.wheel or target.wheel_tag
            if plan.reason == OF_THE_BUILDER and target.version >= OLDEST:
                tags = lowest.setdefault(tags[1], tags)  # whichever builds it, the oldest serves the others
            groups.setdefault(tags, []).append((target, plan))
    wheels = []
    for (python, abi), group in groups.items():
        serves = tuple(target for target, _ in group)
        if serves[-1].version < OLDEST:
            gaps += [Gap(target, "this backend runs in Python 3.9 and newer", False) for target in serves]
        else:
            wheels.append(Wheel(python, abi, serves, group[0][1].reason))
    return Matrix(tuple(wheels), tuple(gaps))


def as_json(matrix: Matrix) -> dict[str, object]:
    """The matrix as the documented JSON object."""
    return {
        "wheels": [
            {
                "python_tag": wheel.python_tag,
                "abi_tag": wheel.abi_tag,
                "build_with": identifier(wheel.build_with),
                "serves": [identifier(target) for target in wheel.serves],
                "reason": wheel.reason,
            }
            for wheel in matrix.wheels
        ],
        "without": [{"python": identifier(gap.target), "reason": gap.reason} for gap in matrix.gaps],
    }
