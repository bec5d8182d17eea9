"""Checks what a wheel says about itself: the tags in its name and in WHEEL, and Requires-Python. Pure."""

from __future__ import annotations

from ..errors import BackendError, ProjectError
from ..facts.project import allows
from ..model.problem import Problem
from ..model.version import Python, python_text
from ..model.words import Abi
from .problems import listed, problem
from .tags import Claim, claims, is_possible
from .values import Tag, Wheel

_LONGEST = 1000  # characters of Requires-Python
_NEWEST = 60  # a minor version that no Python has for a long time


def judge(wheel: Wheel) -> list[Problem]:
    """The problems of the tags and of Requires-Python."""
    return [*_tags(wheel), *_requires_python(wheel)]


def _tags(wheel: Wheel) -> list[Problem]:
    found = []
    named, recorded = set(wheel.tags), set(wheel.recorded)
    if named != recorded:
        only = [f"only the name has {listed(list(map(_text, named - recorded)))}"] if named - recorded else []
        only += [f"only WHEEL has {listed(list(map(_text, recorded - named)))}"] if recorded - named else []
        message = f"the name and the WHEEL file have different tags: {'; '.join(only)}"
        found.append(problem(wheel, "PFB302", message, "rename it with `wheel tags`, which changes both"))
    if not any(map(is_possible, wheel.tags)):
        message = f"no Python accepts the tag {wheel.label}"
        found.append(problem(wheel, "PFB303", message, "a stable ABI needs the tag of a CPython, such as cp39-abi3"))
    return found


def _text(tag: Tag) -> str:
    return "-".join(tag)


def _requires_python(wheel: Wheel) -> list[Problem]:
    """Compare the tags with Requires-Python; installers follow both (core metadata specification)."""
    promised = claims(wheel.tags)
    if wheel.requires_python is None or not promised:
        return []
    try:
        if len(wheel.requires_python) > _LONGEST:
            raise ProjectError("it is too long")
        takes = [claim for claim in promised if _first(wheel.requires_python, claim)]
    except BackendError:
        message = f"Requires-Python is invalid: {wheel.requires_python[:40]!r}"
        return [problem(wheel, "PFB304", message, 'write a version specifier, such as ">=3.9"')]
    if not takes:
        message = f"Requires-Python {wheel.requires_python} excludes every Python of the tag {wheel.label}"
        return [problem(wheel, "PFB304", message, "correct requires-python, or build the wheel for a Python it allows")]
    for claim in takes:
        first = _first(wheel.requires_python, claim)
        if claim.abi != Abi.VERSION_SPECIFIC and first and first > claim.version:
            message = (
                f"the tag {wheel.label} names {python_text(claim.version)} as the floor, but Requires-Python"
                f" {wheel.requires_python} begins at {python_text(first)}"
            )
            hint = f"a floor of {python_text(first)} serves the same Pythons, and allows more of the C API"
            return [problem(wheel, "PFB305", message, hint)]
    return []


def _first(requires_python: str, claim: Claim) -> Python | None:
    """The lowest Python of the claim that Requires-Python allows."""
    last = claim.version[1] if claim.abi == Abi.VERSION_SPECIFIC else _NEWEST
    minors = range(claim.version[1], last + 1)
    return next(((3, minor) for minor in minors if allows(requires_python, (3, minor), None)), None)
