"""What a build will make: the outcome of the decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .problem import Problem
from .version import Python
from .words import Abi


class Plan(NamedTuple):
    """What a build will make.

    ``abi`` is "abi3", "abi3t" or "version-specific"; ``floor`` the lowest Python of a stable-ABI wheel; ``features``
    are passed to cargo on top of the user's own, ``env`` is added to the environment; ``wheel`` is (python tag, abi
    tag), None where the delegate decides. ``problems`` with severity "error" stop the build before any compile.
    """

    abi: Abi
    floor: Python | None
    features: tuple[str, ...]
    env: Mapping[str, str]
    wheel: tuple[str, str] | None
    reason: str
    problems: tuple[Problem, ...]
    notes: tuple[tuple[str, str], ...] = ()

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """Why each part is as it is: (what it is about, the reason in words)."""
        return (("abi", self.reason), *self.notes)

    @property
    def label(self) -> str:
        """The wheel's tags: ``cp39-abi3``."""
        return "-".join(self.wheel) if self.wheel else "the delegate's own wheel"
