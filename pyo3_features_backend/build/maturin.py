"""Builds through maturin. What only one hook needs is imported once cargo has been asked for the crate."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..delegates import maturin
from ..errors import DelegateError
from ..facts.environ import cargo_on_path
from ..model.target import Target
from .ask_maturin import ask
from .start import Hook, Start

if TYPE_CHECKING:
    from .gather import Facts


def build(start: Start, hook: Hook) -> tuple[str, Facts]:
    """See :class:`.delegate.Delegate`."""
    asked = ask(start)
    from . import maturin_wheel

    return maturin_wheel.build(asked, hook)


def metadata(start: Start, hook: Hook) -> str:
    """See :class:`.delegate.Delegate`."""
    asked = ask(start)
    from . import gather_maturin
    from .steps import stop_on_errors

    facts = gather_maturin.facts(asked)
    stop_on_errors(facts, quiet=True)
    passed = {"maturin.build-args": maturin.compose(facts.extensions[0])}
    failed = DelegateError("maturin could not write the metadata", hint=maturin.OUTPUT)
    with cargo_on_path():
        return maturin.hook(hook.name, hook.directory, passed, env=facts.plan.env, failed=lambda: failed)


def plans(start: Start, pythons: Sequence[str | Target | None]) -> list[Facts]:
    """See :class:`.delegate.Delegate`."""
    from . import gather_maturin
    from .steps import preserve_lock_files

    manifest = maturin.manifest(start.project, maturin.parse(start.config_settings, os.environ))
    with preserve_lock_files([manifest]):
        return [gather_maturin.facts(ask(start, python)) for python in pythons]
