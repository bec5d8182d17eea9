"""What a build will make: the outcome of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .problem import Problem
from .version import Python
from .words import Abi


class Plan(NamedTuple):
    """What a build will make.

    ``floor`` is the lowest Python that a stable-ABI wheel supports, and None for a version-specific wheel. ``features``
    are passed to cargo in addition to the project's own. ``env`` is added to the environment. ``wheel`` is (python tag,
    abi tag), or None if the delegate chooses the tags. ``reason`` says why the wheel has this ABI, and ``notes`` why
    the other parts are as they are. ``stubs`` says whether the delegate writes type stubs. Problems with severity
    "error" stop the build before anything is compiled.
    """

    abi: Abi
    floor: Python | None
    features: tuple[str, ...]
    env: Mapping[str, str]
    wheel: tuple[str, str] | None
    reason: str
    problems: tuple[Problem, ...]
    notes: tuple[tuple[str, str], ...] = ()
    stubs: bool = False

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """Why each part is as it is, as pairs of (part, reason in words)."""
        return (("abi", self.reason), *self.notes)

    @property
    def label(self) -> str:
        """The wheel's tags, such as ``cp39-abi3``."""
        return "-".join(self.wheel) if self.wheel else "the delegate's default tags"
