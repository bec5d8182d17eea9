"""Variables of the environment that make the plan another one than the project's own.

A build on this machine has them, and so has what the commands print. What they write into the project stays, and is
read where the variables are not set.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..facts import project, settings
from ..facts.interpreter import running
from ..facts.settings import Declared
from ..model.codes import PLAN
from ..model.problem import Problem
from ..model.settings import TABLE, ConfigSettings
from ..model.target import Target
from .pythons import known

_CODE = "PFB162"
# What a build does, not what its wheel is.
_NOT_OF_THE_PLAN = frozenset({"verify", "compile-cache", "editable-rebuild", "editable-profile"})


def warning(root: Path, file: str, config_settings: ConfigSettings | None = None) -> Problem | None:
    """The warning that ``file`` is written from a plan which variables change; None where none does.

    Raises :class:`BackendError` for settings that cannot be read.
    """
    loaded = project.load(root)
    declared = settings.read(loaded.table, loaded.text, os.environ, config_settings)
    names = changing(declared, known(running()))
    if not names:
        return None
    return Problem(
        code=_CODE,
        severity=PLAN[_CODE].severity,
        message=f"{file} is for a plan that the environment changes: {', '.join(names)}",
        hint=f"unset {'them' if len(names) > 1 else 'it'}, or write the same into [tool.{TABLE}] of pyproject.toml",
    )


def changing(declared: Declared, targets: Iterable[Target]) -> list[str]:
    """The names of the variables without which one of ``targets`` would have other settings of the plan."""
    given = [setting for setting in declared.given if setting.kind == "environment"]
    own = declared._replace(given=tuple(setting for setting in declared.given if setting.kind != "environment"))
    pairs = [(declared.for_target(target), own.for_target(target)) for target in targets]
    return [
        setting.key.variable
        for setting in given
        if setting.key.name not in _NOT_OF_THE_PLAN
        and any(getattr(now, field) != getattr(then, field) for field in setting.fields for now, then in pairs)
    ]
