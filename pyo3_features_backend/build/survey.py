"""The plan of a project without a build: what the commands show. The tree is left as it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import render, say
from ..facts import toolchain
from ..model.settings import ConfigSettings
from ..model.target import Target
from ..model.words import Severity
from . import delegate, gather
from .gather import Facts


def facts_of(root: Path, python: str | Target | None, config_settings: ConfigSettings | None = None) -> Facts:
    """The facts and the plan of the project in ``root`` for an interpreter: a path or command, facts, or the running.

    ``config_settings`` are what a front end would hand to the hook. The tree is left as it was. What has to be left
    out of a wheel is told on stderr. Raises a :class:`BackendError` for what cannot be read.
    """
    begun = gather.start(root, config_settings)
    (facts,) = delegate.of(begun.delegate).plans(begun, [python])
    for one in facts.warnings:
        say(render(Severity.WARNING, one.message, one.place, one.hint))
    return facts


def facts_for(root: Path, pythons: Sequence[Target]) -> list[Facts]:
    """The same for each of ``pythons``: each command runs once, and so does setup.py.

    Of an optional extension that some of them cannot have, the result tells.
    """
    begun = gather.start(root, None)
    with toolchain.remembering():
        return delegate.of(begun.delegate).plans(begun, pythons)
