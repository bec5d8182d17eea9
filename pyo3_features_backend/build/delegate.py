"""What a build asks of a delegate; nothing else asks which one it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..model.target import Target
from ..model.words import DelegateName

if TYPE_CHECKING:
    from .gather import Facts, Start
    from .steps import Hook


class Delegate(Protocol):
    """One way to a wheel: a module of this folder. Each of its functions raises a :class:`BackendError`."""

    def build(self, begun: Start, hook: Hook) -> tuple[str, Facts]:
        """Build a wheel or an editable one; returns its file name, and what was decided."""

    def metadata(self, begun: Start, hook: Hook) -> str:
        """Write the wheel's .dist-info; returns the folder's name."""

    def sdist(self, begun: Start, hook: Hook) -> str:
        """Make the sdist; returns its file name. The plan plays no part in it."""

    def plans(self, begun: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
        """What builds for ``pythons`` would decide (a path or command, facts, or None for the running one).

        Nothing is built, and the tree is left as it was.
        """


def of(name: DelegateName) -> Delegate:
    """The delegate with the name that projects give it."""
    if name == DelegateName.MATURIN:
        from . import maturin

        return maturin
    from . import setuptools

    return setuptools
