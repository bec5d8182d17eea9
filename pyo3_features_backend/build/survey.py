"""Makes the plan of a project without a build, for the commands. The source tree does not change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import say
from ..facts import toolchain
from ..model.settings import ConfigSettings
from ..model.target import Target
from . import delegate
from .gather import Facts
from .start import Start


def facts_of(root: Path, python: str | Target | None, config_settings: ConfigSettings | None = None) -> Facts:
    """The facts and the plan of the project in ``root`` for ``python``: a path, a command, a target, or None.

    None stands for the running Python. ``config_settings`` are those that a front end would pass to the hook. Prints a
    warning for each optional extension that cannot be built. Raises a :class:`BackendError` for what cannot be read.
    """
    start = Start.read(root, config_settings)
    (facts,) = delegate.of(start.delegate).plans(start, [python])
    for warning in facts.warnings:
        say(str(warning))
    return facts


def facts_for(root: Path, pythons: Sequence[Target], config_settings: ConfigSettings | None = None) -> list[Facts]:
    """Like :func:`facts_of` for each of ``pythons``, but each command and setup.py runs only once.

    Prints no warnings: they are in the result.
    """
    start = Start.read(root, config_settings)
    with toolchain.remembering():
        return delegate.of(start.delegate).plans(start, pythons)
