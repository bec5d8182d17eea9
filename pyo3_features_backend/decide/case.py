"""What a decision is about: the facts of a build, and one crate of it."""

from __future__ import annotations

from typing import NamedTuple

from ..model.crate import Crate, PyO3
from ..model.problem import Problems
from ..model.settings import Settings
from ..model.target import Target
from ..model.version import Python
from .release import Release


class Basis(NamedTuple):
    """What is known of a build besides its crates.

    ``rustc`` is a version like "1.95.0" or "1.97.0-nightly"; ``lower`` is the lower bound of ``requires_python``.
    """

    settings: Settings
    target: Target
    rustc: str
    requires_python: str | None = None
    lower: Python | None = None


class Case(NamedTuple):
    """One crate of a build that uses PyO3 (``dependency``); ``release`` is None for one older than our tables."""

    basis: Basis
    crate: Crate
    dependency: PyO3
    release: Release | None
    problems: Problems

    @property
    def settings(self) -> Settings:
        """The settings of the build."""
        return self.basis.settings

    @property
    def target(self) -> Target:
        """The Python of the build."""
        return self.basis.target
