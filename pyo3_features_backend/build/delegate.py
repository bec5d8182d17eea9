"""The interface of the two delegates. No other module depends on which one a project has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from ..errors import DelegateError
from ..facts.environ import cargo_on_path
from ..model.target import Target
from ..model.words import DelegateName
from ..rebuild import archives

if TYPE_CHECKING:
    from .gather import Facts
    from .start import Hook, Start


class Delegate(Protocol):
    """A module of this folder that builds with one tool. Each of its functions can raise a :class:`BackendError`."""

    def build(self, start: Start, hook: Hook) -> tuple[str, Facts]:
        """Build a wheel or an editable wheel: (its file name, the facts with the plan)."""

    def metadata(self, start: Start, hook: Hook) -> str:
        """Write the wheel's .dist-info; returns the name of the folder."""

    def plans(self, start: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
        """The facts and the plan of a build for each of ``pythons``: a path, a command, a target, or None.

        None stands for the running Python. Nothing is built, and the source tree does not change.
        """


def of(name: DelegateName) -> Delegate:
    """The module of a delegate."""
    if name == DelegateName.MATURIN:
        from . import maturin

        return maturin
    from . import setuptools

    return setuptools


def sdist(start: Start, hook: Hook) -> str:
    """Make the sdist; returns its file name. It does not depend on the plan, so little is imported.

    Raises a :class:`BackendError`.
    """
    if start.delegate == DelegateName.SETUPTOOLS_RUST:
        return of(start.delegate).metadata(start, hook)
    from ..delegates import maturin

    def wheel() -> None:
        from ..rebuild import cache, folder  # noqa: F401
        from . import maturin, maturin_wheel  # noqa: F401

    failed = DelegateError("maturin could not make the sdist", hint=maturin.OUTPUT)
    with cargo_on_path():
        maturin.load()
        with archives.filling(start.settings.compile_cache, wheel):
            return maturin.hook(hook.name, hook.directory, None, env={}, failed=lambda: failed)
