"""Variables of the environment that make the plan another one than the project's own.

A build on this machine has them, and so has what the commands print. What they write into the project stays, and is
read where the variables are not set.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..build.requirements import delegate_of
from ..delegates import maturin
from ..facts import project, settings
from ..facts.settings import Declared
from ..model.codes import PLAN
from ..model.problem import Problem
from ..model.settings import TABLE, ConfigSettings
from ..model.target import Target
from ..model.words import DelegateName
from . import backend
from .platforms import Platform, pythons

_CODE = "PFB162"
_ARGUMENTS = "MATURIN_PEP517_ARGS"
# What a build does, not what its wheel is.
_NOT_OF_THE_PLAN = frozenset({"verify", "compile-cache", "editable-rebuild", "editable-profile"})


def warning(
    root: Path,
    file: str,
    config_settings: ConfigSettings | None = None,
    *,
    platform: Platform | None = None,
    flags: bool = False,
) -> Problem | None:
    """The warning that ``file`` is written from a plan which variables change; None where none does.

    The file is about the Pythons of ``platform``, or of Linux, macOS and Windows. With ``flags``, it has the arguments
    of the builds, too.

    Raises :class:`BackendError` for settings that cannot be read.
    """
    loaded = project.load(root)
    declared = settings.read(loaded.table, loaded.text, os.environ, config_settings)
    names = changing(declared, pythons(platform))
    if _is_for_maturin(loaded, declared) and _has_arguments(config_settings, flags=flags):
        names.append(_ARGUMENTS)
    if not names:
        return None
    them = "them" if len(names) > 1 else "it"
    return Problem(
        code=_CODE,
        severity=PLAN[_CODE].severity,
        message=f"{file} is for a plan that the environment changes: {', '.join(names)}",
        hint=f"unset {them}, or write the same into [tool.{_table(names)}] of pyproject.toml",
    )


def _table(names: list[str]) -> str:
    return "maturin" if names == [_ARGUMENTS] else TABLE


def _is_for_maturin(loaded: project.Project, declared: Declared) -> bool:
    delegate = backend.planner_alone(loaded) or delegate_of(loaded, declared.delegate)
    return delegate == DelegateName.MATURIN


def _has_arguments(config_settings: ConfigSettings | None, *, flags: bool) -> bool:
    """Whether maturin's arguments in the environment choose features or a crate, or with ``flags`` anything."""
    own = maturin.parse(config_settings, {})
    given = maturin.parse(config_settings, os.environ)
    if flags:
        return given != own
    choosing = {"--all-features", "--no-default-features"}
    name = "manifest-path"
    return (
        given.features != own.features
        or bool((given.flags ^ own.flags) & choosing)
        or given.values.get(name) != own.values.get(name)
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
