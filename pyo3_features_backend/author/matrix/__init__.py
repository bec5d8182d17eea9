"""The smallest set of wheels for all the Pythons that a project supports. Pure: plans in, wheels out.

Each Python gets the wheel that a build for it would make; Pythons whose builds make the same wheel share it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...decide.abi import FLOOR_OF_CURRENT_PYTHON
from ...errors import Place
from ...facts.project import allows
from ...model.plan import Plan
from ...model.problem import Problem
from ...model.target import Target
from ...model.words import Severity
from ..pythons import identifier
from .tags import serves

OLDEST = (3, 9)  # a build backend runs in the Python that it builds for, and this one needs 3.9
_NOT_SUPPORTED = "PFB140"
_EXPERIMENTAL = "PFB141"  # it can be built, but is not for publishing
_IMPLEMENTATIONS = {"CPython": "cpython", "PyPy": "pypy", "GraalPy": "graalpy"}
_PYTHON = "Programming Language :: Python :: "
_OF = "Implementation :: "


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
    """A Python that the project allows and that gets no wheel, and the error of its plan, if there is one."""

    target: Target
    reason: str
    problem: Problem | None = None

    @property
    def mendable(self) -> bool:
        """Whether the project can fix it: any error except that PyO3 does not support the Python."""
        return self.problem is not None and self.problem.code != _NOT_SUPPORTED


class Warned(NamedTuple):
    """A warning that the plans of some Pythons share; its message says "this Python" for each of them."""

    problem: Problem
    targets: tuple[Target, ...]


class Matrix(NamedTuple):
    """The wheels, the Pythons without one, and the warnings of the plans."""

    wheels: tuple[Wheel, ...]
    gaps: tuple[Gap, ...]
    warnings: tuple[Warned, ...] = ()

    def fallback(self, wheel: Wheel) -> tuple[Target, ...]:
        """The Pythons that another wheel serves, and that get ``wheel`` on a platform that lacks the other."""
        if wheel.abi_tag != "abi3":
            return ()
        others = [target for other in self.wheels if other != wheel for target in other.serves]
        return tuple(target for target in others if serves(wheel.label, target))


def allowed(
    targets: Iterable[Target], requires_python: str | None, classifiers: Sequence[str], place: Place | None = None
) -> list[Target]:
    """The Pythons that ``requires-python``, which is at ``place``, and the classifiers allow.

    Classifiers only restrict: implementations if one is named, minor versions if any is. Free threading has a
    classifier too, but its absence means nothing.
    Raises :class:`ProjectError` for an invalid requires-python.
    """
    named = [text[len(_PYTHON) :] for text in classifiers if text.startswith(_PYTHON)]
    minors = {text for text in named if text.startswith("3.")}
    implementations = {_IMPLEMENTATIONS.get(text[len(_OF) :]) for text in named if text.startswith(_OF)}
    return [
        target
        for target in targets
        if allows(requires_python, target.version, place)
        and (not minors or f"{target.version[0]}.{target.version[1]}" in minors)
        and (not implementations or target.implementation in implementations)
    ]


def of_plans(
    plans: Iterable[tuple[Target, Plan]],
    without: Mapping[Target, str],
    delegates: Mapping[Target, tuple[str, str]] | None = None,
) -> Matrix:
    """The wheels of ``plans``; the Pythons come in the order in which they are to be shown. ``without`` are those that
    would get a wheel without the extension, with the reason; ``delegates`` are the tags of a wheel that the
    plan leaves to the delegate, where they are not the Python's own.

    If the floor is the version of the Python that runs the build, each build would make another wheel. Then the
    lowest one also serves the later Pythons.
    """
    groups: dict[tuple[str, str], list[tuple[Target, Plan]]] = {}
    lowest: dict[str, tuple[str, str]] = {}  # ABI -> the tags of the lowest wheel whose floor is the builder's
    warned: dict[Problem, list[Target]] = {}
    gaps = []
    for target, plan in plans:
        error = next((problem for problem in plan.problems if problem.severity == Severity.ERROR), None)
        experimental = next((problem for problem in plan.problems if problem.code == _EXPERIMENTAL), None)
        if error:
            gaps.append(Gap(target, error.message, error))
        elif experimental:
            gaps.append(Gap(target, experimental.message))
        elif target in without:
            gaps.append(Gap(target, without[target]))
        else:
            tags = plan.wheel or (delegates or {}).get(target, target.wheel_tag)
            if plan.reason == FLOOR_OF_CURRENT_PYTHON and target.version >= OLDEST:
                tags = lowest.setdefault(plan.abi, tags)
            groups.setdefault(tags, []).append((target, plan))
            for problem in plan.problems:
                warned.setdefault(problem._replace(message=in_general(problem.message, target)), []).append(target)
    wheels = []
    for (python, abi), group in groups.items():
        serves = tuple(target for target, _ in group)
        if serves[-1].version < OLDEST:
            gaps += [Gap(target, "pyo3-features-backend needs Python 3.9 or newer") for target in serves]
        else:
            built = next(plan for target, plan in group if target.version >= OLDEST)
            wheel = Wheel(python_tag=python, abi_tag=abi, serves=serves, reason=built.reason)
            wheels.append(wheel)
            for target, plan in group:
                if differing := _asked(plan) ^ _asked(built):
                    warned.setdefault(_narrower(wheel, differing), []).append(target)
    warnings = tuple(Warned(problem, tuple(targets)) for problem, targets in warned.items())
    return Matrix(tuple(wheels), tuple(gaps), warnings)


def _asked(plan: Plan) -> set[str]:
    """The features of a plan that do not follow from its ABI."""
    return {feature for feature in plan.features if not feature.partition("/")[2].startswith("abi3")}


def _narrower(wheel: Wheel, differing: set[str]) -> Problem:
    """A warning for a Python whose own settings ask for other features than the wheel that serves it is built with."""
    names = ", ".join(sorted(differing))
    message = (
        f"{wheel.label} is built for {wheel.build_with.label}, whose settings differ from this Python's in {names}"
    )
    return Problem(
        code="PFB161",
        severity=Severity.WARNING,
        message=message,
        place=None,
        hint="a wheel has one set of features: use the same settings for both",
    )


def in_general(text: str, target: Target) -> str:
    """``text`` without the name of the Python, so that a text for several Pythons appears once."""
    return text.replace(target.label, "this Python")


def as_json(matrix: Matrix) -> dict[str, object]:
    """The matrix as the documented JSON object."""
    return {
        "wheels": [
            {
                "python_tag": wheel.python_tag,
                "abi_tag": wheel.abi_tag,
                "build_with": identifier(wheel.build_with),
                "serves": [identifier(target) for target in wheel.serves],
                "fallback": [identifier(target) for target in matrix.fallback(wheel)],
                "reason": wheel.reason,
            }
            for wheel in matrix.wheels
        ],
        "without": [
            {"python": identifier(gap.target), "reason": gap.reason, "mendable": gap.mendable} for gap in matrix.gaps
        ],
        "problems": [
            {**warned.problem.as_json(), "pythons": [identifier(target) for target in warned.targets]}
            for warned in matrix.warnings
        ],
    }
