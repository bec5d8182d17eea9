"""Gathers the facts of a build that do not depend on the delegate.

maturin finds a project's crates in its arguments and its table, setuptools-rust in the finalised distribution. So
:mod:`.gather_maturin` and :mod:`.gather_setuptools` gather the rest and make the plan; both return :class:`Facts`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import TargetError
from ..facts import interpreter as interpreters
from ..facts import project, toolchain
from ..model.crate import Crate
from ..model.extension import Extension
from ..model.plan import Plan
from ..model.problem import Problem
from ..model.settings import Settings
from ..model.target import Target
from ..model.words import DelegateName


class Facts(NamedTuple):
    """Everything that is known before the delegate compiles.

    ``plan`` is the plan of the wheel; each of ``extensions`` has its own too. ``rustc`` is the output of ``rustc -vV``,
    and ``triple`` an explicit rustc target. ``warnings`` are about optional extensions that cannot be built, which the
    plan does not contain.
    """

    project: project.Project
    settings: Settings
    target: Target
    delegate: DelegateName
    name: str
    requires_python: str | None
    classifiers: tuple[str, ...]
    plan: Plan
    extensions: tuple[Extension, ...]
    rustc: str = ""
    triple: str | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def crates(self) -> tuple[Crate, ...]:
        """The crates that could be read."""
        return tuple(extension.crate for extension in self.extensions if extension.crate)

    @property
    def module_names(self) -> frozenset[str]:
        """The names, without their packages, of the modules that PyO3 makes."""
        names = set()
        for extension in self.extensions:
            if extension.crate and extension.crate.pyo3 and not extension.program:
                own = extension.name or self.project.maturin.get("module-name") or extension.crate.module
                names.add(str(own).rpartition(".")[2])
        return frozenset(names)

    @property
    def crate(self) -> Crate | None:
        """The first crate that uses PyO3, or else the first crate."""
        return next((crate for crate in self.crates if crate.pyo3), next(iter(self.crates), None))


def check_contradictions(environ: Mapping[str, str], target: Target) -> None:
    """Raise :class:`TargetError` if a PYO3_* variable names another Python than ``target``."""
    python = environ.get("PYO3_PYTHON") if target.executable else None
    if python and not interpreters.is_interpreter(target, shutil.which(python) or python):
        raise TargetError(
            f"PYO3_PYTHON={python} contradicts the interpreter of this build, {target.executable}",
            hint="unset PYO3_PYTHON, or run the build with that interpreter",
        )
    for name in ("PYO3_CROSS_LIB_DIR", "PYO3_CROSS_PYTHON_VERSION"):
        if environ.get(name) and not target.cross_triple:
            raise TargetError(
                f"{name}={environ[name]} is for cross-compiling, but this build is for the host",
                hint=f"unset {name}, or set the target with --target or CARGO_BUILD_TARGET",
            )


def release_and_host(question: toolchain.Question) -> tuple[str, str]:
    """(release, host triple) of rustc. The release ends in "-dev" if RUSTC_BOOTSTRAP allows nightly features."""
    release, host = toolchain.rustc(question)
    return (release + "-dev" if os.environ.get("RUSTC_BOOTSTRAP") else release), host


def summary(facts: Facts) -> str:
    """The line about the plan that each build prints."""
    if not facts.extensions:
        return f"a wheel without Rust for {facts.name}: {facts.plan.reason}"
    wheel = facts.plan.label if facts.plan.wheel else f"{facts.delegate}'s default tags"
    versions = dict.fromkeys(crate.pyo3.version for crate in facts.crates if crate.pyo3)
    if facts.crates and not versions:
        subject = "the crate does" if len(facts.crates) == 1 else "the crates do"
        return f"{wheel} for {facts.name}: {subject} not use PyO3"
    reasons = [facts.plan.reason, *([f"PyO3 {', '.join(versions)}"] if versions else [])]
    features = f"; features: {' '.join(facts.plan.features)}" if facts.plan.features else ""
    return f"{wheel} for {facts.name} ({', '.join(reasons)}){features}"
