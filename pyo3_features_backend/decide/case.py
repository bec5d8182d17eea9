"""The input of a decision: the facts of a build, and one crate of it."""

from __future__ import annotations

from typing import NamedTuple

from ..model.crate import Crate, PyO3
from ..model.problem import Problems
from ..model.settings import Settings
from ..model.target import Target
from ..model.version import Python
from ..model.words import DelegateName
from .native import abi3_of
from .release import Release


class Basis(NamedTuple):
    """The facts of a build that all its crates share.

    ``rustc`` is a version such as "1.95.0" or "1.97.0-nightly". ``lower_bound`` is that of ``requires_python``, and
    ``delegate`` what compiles; ``delegate_version`` is None where nothing depends on it.
    ``stub`` is a type stub of the extension in the source tree that would go into the wheel.
    """

    settings: Settings
    target: Target
    rustc: str
    requires_python: str | None = None
    lower_bound: Python | None = None
    delegate: DelegateName = DelegateName.MATURIN
    delegate_version: str | None = None
    stub: str | None = None


class Case(NamedTuple):
    """One crate of a build that uses PyO3, and the problems found so far.

    ``release`` says what the resolved PyO3 supports; it is None for a PyO3 older than :data:`releases.RELEASES`.
    """

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

    @property
    def abi3(self) -> str:
        """What ``abi3`` asks for of this Python: "off" for one that is to get a version-specific wheel."""
        return abi3_of(self.settings, self.target)
