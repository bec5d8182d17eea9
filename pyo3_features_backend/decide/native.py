"""Which Pythons get a version-specific wheel although the project has a floor: the range ``native`` of ``abi3``.

The rule: for CPython with the GIL in that range a build is as with ``abi3 = "off"``, for every other Python as with
``abi3`` set to the floor. So the stable-ABI wheel is built by a Python outside the range. Its floor may be below the
range or in it: where both wheels are published, installers prefer the version-specific one (PEP 425 has the tags of a
Python from the most specific on), and the other is what they fall back to on a platform that lacks it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ..model.settings import Settings
from ..model.target import Target
from ..model.version import Python, python_text

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

NATIVE = "native"  # in ``expect``: the version-specific wheels of all Pythons in the range
_LAST_MINOR = 99  # as far as an abi3-pyXX feature and a wheel tag of Python 3 go


def is_native(settings: Settings, target: Target) -> bool:
    """Whether the setting ``abi3`` asks for a version-specific wheel for ``target``.

    Of PyPy, GraalPy, free-threaded and debug Pythons the setting says nothing: they have no abi3.
    """
    plain = target.implementation == "cpython" and not (target.free_threaded or target.debug)
    return plain and includes(settings.abi3_native, target.version)


def abi3_of(settings: Settings, target: Target) -> str:
    """What the setting ``abi3`` asks for of ``target``, as if it were no table."""
    return "off" if is_native(settings, target) else settings.abi3


def includes(native: str, python: Python) -> bool:
    """Whether a range, which is a PEP 440 specifier or empty, includes a minor version of Python."""
    if not native:
        return False
    return bool(_specifiers(native).contains(python_text(python)))


@functools.lru_cache(maxsize=64)
def _specifiers(native: str) -> SpecifierSet:
    from packaging.specifiers import SpecifierSet  # few projects have a range, and the import takes its time

    return SpecifierSet(native)


@functools.lru_cache(maxsize=64)
def without_use(native: str, lowest: Python) -> str | None:
    """What is wrong with a range where the wheels of a project have the floor ``lowest``; None if nothing is."""
    minors = range(_LAST_MINOR + 1)
    if not any(includes(native, (3, minor)) for minor in minors):
        return "includes no Python"
    if all(includes(native, (3, minor)) for minor in minors if minor >= lowest[1]):
        return f"includes every Python from {python_text(lowest)} on, so no build makes a stable-ABI wheel"
    return None
