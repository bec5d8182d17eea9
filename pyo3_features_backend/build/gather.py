"""Everything that a decision needs, read from the machine: then :mod:`plan` decides.

The two delegates learn of a project's crates in different ways (maturin from its arguments and table, setuptools-rust
from the finalised distribution), so there is one function for each; both end in the same :class:`Facts`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from ..errors import NAME, TargetError, ToolchainError
from ..facts import interpreter as reader
from ..facts import project, settings, toolchain
from ..facts.environ import changed
from ..model.crate import Crate
from ..model.extension import Extension
from ..model.plan import Plan
from ..model.problem import Problem
from ..model.settings import ConfigSettings, Settings
from ..model.target import Target
from ..model.words import DelegateName
from .requirements import delegate_of


class Start(NamedTuple):
    """What is known before any tool runs: the settings are checked, but not yet those of one Python."""

    project: project.Project
    declared: settings.Declared
    delegate: DelegateName
    config_settings: ConfigSettings | None


class Facts(NamedTuple):
    """Everything a build knows before it starts.

    ``plan`` is the wheel's; each of ``extensions`` has its own. ``rustc`` is the answer of ``rustc -vV``, ``triple`` an
    explicit target of it. ``warnings`` are of what the plan does not know: optional extensions that cannot be built.
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
        return tuple(one.crate for one in self.extensions if one.crate)

    @property
    def crate(self) -> Crate | None:
        """The first crate that uses PyO3, else the first there is."""
        return next((crate for crate in self.crates if crate.pyo3), next(iter(self.crates), None))


def start(root: Path, config_settings: ConfigSettings | None) -> Start:
    """Read the project in ``root`` and find its delegate. Raises a :class:`BackendError`."""
    found = project.load(root)
    declared = settings.read(found.table, found.text, os.environ, config_settings)
    return Start(found, declared, delegate_of(found, declared.delegate), config_settings)


@contextmanager
def rust() -> Iterator[None]:
    """cargo on PATH: the user's, or the one that puccinialin installs (as maturin does)."""
    if shutil.which("cargo"):
        yield
        return
    if os.environ.get("MATURIN_NO_INSTALL_RUST") or importlib.util.find_spec("puccinialin") is None:
        raise ToolchainError("cargo is not installed", hint="install Rust: https://rustup.rs")
    extra: dict[str, str] = importlib.import_module("puccinialin").setup_rust()
    with changed(extra):
        yield


def contradictions(environ: Mapping[str, str], chosen: Target) -> None:
    """PYO3_* variables that name another Python than the hook's are an error (policy: merging)."""
    python = environ.get("PYO3_PYTHON") if chosen.executable else None
    if python and not reader.is_interpreter(chosen, shutil.which(python) or python):
        raise TargetError(
            f"PYO3_PYTHON={python} contradicts the interpreter of this build, {chosen.executable}",
            hint="unset PYO3_PYTHON, or run the build with that interpreter",
        )
    for name in ("PYO3_CROSS_LIB_DIR", "PYO3_CROSS_PYTHON_VERSION"):
        if environ.get(name) and not chosen.cross_triple:
            raise TargetError(
                f"{name}={environ[name]} is for another platform, but this build is for its own",
                hint=f"unset {name}, or name the platform with --target or CARGO_BUILD_TARGET",
            )


def target_of(interpreter: str | Target | None, triple: str | None, host: str) -> Target:
    """The Python that the build is for; only one that may not run here costs the import of :mod:`cross`."""
    if isinstance(interpreter, Target):
        return interpreter
    if triple or os.environ.get("PYO3_CONFIG_FILE"):
        from ..facts import cross

        return cross.choose(os.environ, interpreter, triple, host)
    return reader.of_executable(interpreter) if interpreter else reader.running()


def target_triple(given: str | None) -> str | None:
    """The rustc target: ``given`` in the build arguments, CARGO_BUILD_TARGET, ARCHFLAGS of a build on macOS."""
    triple = given or os.environ.get("CARGO_BUILD_TARGET")
    if not triple and sys.platform == "darwin" and os.environ.get("ARCHFLAGS"):
        from ..facts import cross

        triple = cross.archflags_triple(os.environ["ARCHFLAGS"])
    return triple or None


def release_and_host(question: toolchain.Question) -> tuple[str, str]:
    release, host = toolchain.rustc(question)
    # With RUSTC_BOOTSTRAP rustc takes nightly features whatever its channel.
    return (release + "-dev" if os.environ.get("RUSTC_BOOTSTRAP") else release), host


def summary(facts: Facts) -> str:
    """The one line that each build prints."""
    because = [facts.plan.reason]
    versions = dict.fromkeys(crate.pyo3.version for crate in facts.crates if crate.pyo3)
    if versions:
        because.append(f"PyO3 {', '.join(versions)}")
    features = f"; features: {' '.join(facts.plan.features)}" if facts.plan.features else ""
    return f"{NAME}: {facts.plan.label} for {facts.name} ({', '.join(because)}){features}"
