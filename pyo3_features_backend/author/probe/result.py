"""What a probe finds, and how it tells of it while it runs."""

from __future__ import annotations

from typing import NamedTuple

from ...build.gather import Facts
from ...model.version import Python
from ...model.words import Abi
from .diagnostics import Failure


class Attempt(NamedTuple):
    """One floor that was tried, with the crate features that were turned on in addition to those of the settings.

    ``imports`` is None where it was not tried; ``note`` says why, or under which Python it was.
    """

    floor: Python
    crate_features: tuple[str, ...]
    compiles: bool
    imports: bool | None = None
    failure: Failure | None = None
    note: str = ""
    seconds: float = 0.0


class ProbeResult(NamedTuple):
    """The result of a probe: ``floor`` is None where there is none, ``auto`` is the floor of `abi3 = "auto"` (None:
    version-specific).

    ``crate_features`` are all that go with the floor, ``abi3t`` is the attempt with that ABI if there was one. Where
    there is no floor, ``inconclusive`` says why the stable ABI may not be the cause.
    """

    facts: Facts
    floor: Python | None
    auto: Python | None
    crate_features: tuple[str, ...]
    tried: tuple[Attempt, ...]
    abi3t: Attempt | None
    notes: tuple[str, ...]
    inconclusive: str | None = None


class Progress:
    """Hears how a probe goes on, for a probe takes minutes. This one says nothing."""

    def started(self, facts: Facts, floors: int) -> None:
        """The project is read; there are so many floors to try at the most."""

    def step(self, text: str) -> None:
        """A step begins: ``[2/7] abi3 3.10: cargo check``."""

    def compiling(self, text: str) -> None:
        """cargo has begun with something: ``compiling pyo3 v0.30.1``."""

    def ended(self, attempt: Attempt, family: Abi) -> None:
        """A floor has been tried."""
