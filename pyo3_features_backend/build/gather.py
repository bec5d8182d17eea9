"""Everything that a decision needs, read from the machine: then :mod:`plan` decides.

The two delegates learn of a project's crates in different ways (maturin from its arguments and table, setuptools-rust
from the finalised distribution), so there is one function for each; both end in the same :class:`Facts`.
"""

from __future__ import annotations

from ..model.target import Target
from ..model.crate import Request
from ..model.settings import Settings

import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..facts import crates, project, settings, interpreter as target
from ..decide import plan
from ..model.crate import Crate
from ..delegates import maturin
from ..facts.arguments import Arguments, cargo_flags
from ..errors import NAME, Place, TargetError, ToolchainError
from ..model.plan import Plan
from .requirements import delegate_of
from ..model.settings import ConfigSettings

if TYPE_CHECKING:  # only with setuptools as the delegate
    from ..delegates.setuptools_rust import Extension


class Start(NamedTuple):
    """What is known before any tool runs."""

    project: project.Project
    settings: Settings
    delegate: str


class Facts(NamedTuple):
    """Everything a build knows before it starts.

    ``plan`` is the wheel's, ``plans`` and ``crates`` go side by side (one for each extension; None where an optional
    extension could not be read), ``passed`` are the config settings for the delegate's hook. ``arguments`` are
    maturin's; with setuptools ``extensions`` go side by side with the crates.
    """

    project: project.Project
    settings: Settings
    target: Target
    delegate: str
    name: str
    requires_python: str | None
    classifiers: tuple[str, ...]
    crates: tuple[Crate | None, ...]
    plan: Plan
    plans: tuple[Plan | None, ...]
    passed: Mapping[str, str | list[str]]
    rustc: str = ""
    triple: str | None = None
    arguments: Arguments | None = None
    extensions: tuple[Extension, ...] = ()

    @property
    def crate(self) -> Crate | None:
        """The first crate that uses PyO3, else the first there is."""
        known = [crate for crate in self.crates if crate]
        return next((crate for crate in known if crate.pyo3), known[0] if known else None)


def start(root: Path, config_settings: ConfigSettings | None) -> Start:
    """Read the project in ``root`` and find its delegate; settings are those for the running Python."""
    found = project.load(root)
    loaded = settings.load(found.table, found.text, os.environ, config_settings, target.running())
    return Start(found, loaded, delegate_of(found, loaded))


@contextmanager
def rust() -> Iterator[None]:
    """cargo on PATH: the user's, or the one that puccinialin installs (as maturin does)."""
    if shutil.which("cargo"):
        yield
        return
    if os.environ.get("MATURIN_NO_INSTALL_RUST") or importlib.util.find_spec("puccinialin") is None:
        raise ToolchainError("cargo is not installed", hint="install Rust: https://rustup.rs")
    extra: dict[str, str] = importlib.import_module("puccinialin").setup_rust()
    before = dict(os.environ)
    os.environ.update(extra)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def contradictions(environ: Mapping[str, str], chosen: Target) -> None:
    """PYO3_* variables that name another Python than the hook's are an error (policy: merging)."""
    python = environ.get("PYO3_PYTHON") if chosen.executable else None
    if python and not chosen.same_interpreter(shutil.which(python) or python):
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
    return target.of_executable(interpreter) if interpreter else target.running()


def target_triple(given: str | None) -> str | None:
    """The rustc target: ``given`` in the build arguments, CARGO_BUILD_TARGET, ARCHFLAGS of a build on macOS."""
    triple = given or os.environ.get("CARGO_BUILD_TARGET")
    if not triple and sys.platform == "darwin" and os.environ.get("ARCHFLAGS"):
        from ..facts import cross

        triple = cross.archflags_triple(os.environ["ARCHFLAGS"])
    return triple or None


def as_feature(request: Request) -> Request:
    """A request for ``dependency/feature`` as one for the PyO3 feature."""
    return request._replace(feature=request.feature.split("/")[-1])


def release_and_host(question: crates.Question) -> tuple[str, str]:
    release, host = crates.rustc(question)
    # With RUSTC_BOOTSTRAP rustc takes nightly features whatever its channel.
    return (release + "-dev" if os.environ.get("RUSTC_BOOTSTRAP") else release), host


def for_maturin(
    found: project.Project,
    config_settings: ConfigSettings | None,
    python: str | Target | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Facts:
    """Read the crate of a project and decide. ``python`` overrides the target interpreter, ``meanwhile`` is called
    while cargo reads the graph.

    Raises a :class:`BackendError` for what cannot be read; what the decision finds wrong is in ``plan.problems``.
    """
    root = found.root
    arguments = maturin.parse(config_settings, os.environ)
    triple = target_triple(arguments.values.get("--target"))
    with rust():
        toolchain = crates.ask_rustc(root)
        host = crates.rustc(toolchain)[1] if triple else ""
        interpreter = python or arguments.values.get("--interpreter")
        chosen = target_of(interpreter, triple, host)
        applying, others = maturin.table_features(found, chosen)
        asked = applying + [
            Request(name, Place("build arguments"), "the build arguments") for name in arguments.features
        ]
        features = list(dict.fromkeys(request.feature for request in asked))
        manifest = maturin.manifest(found, arguments)
        flags = cargo_flags(arguments, found.maturin, features)
        metadata = crates.ask_metadata(root, manifest, flags, triple)
        # While cargo answers: everything that needs only Python.
        if meanwhile:
            meanwhile()
        loaded = settings.load(found.table, found.text, os.environ, config_settings, chosen)
        delegate = delegate_of(found, loaded)
        contradictions(os.environ, chosen)
        requires = found.requires_python
        lower = project.lower_bound(requires, found.place("project", "requires-python")) if requires else None
        bindings = arguments.values.get("--bindings") or found.maturin.get("bindings")
        on = [as_feature(one) for one in asked if "/" in one.feature]
        crate = crates.read(root, manifest, flags, triple, on, bindings, metadata)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        crate = crate._replace(promised=tuple(map(as_feature, others)))
        release, _ = release_and_host(toolchain)
    decided = plan.decide(loaded, lower, requires, crate, chosen, release)
    merged = list(dict.fromkeys([*features, *decided.features]))
    if chosen.by_version and not interpreter:
        # maturin's hook names the running Python otherwise; by a name it takes its own data for the platform.
        arguments = arguments._replace(values={**arguments.values, "--interpreter": maturin.interpreter_name(chosen)})
    passed = {"maturin.build-args": maturin.compose(arguments, merged)}
    return Facts(
        found,
        loaded,
        chosen,
        delegate,
        found.name,
        requires,
        found.classifiers,
        (crate,),
        decided,
        (decided,),
        passed,
        toolchain.answer()[1],
        triple,
        arguments,
    )


def summary(facts: Facts) -> str:
    """The one line that each build prints."""
    because = [facts.plan.reason]
    versions = dict.fromkeys(crate.pyo3.version for crate in facts.crates if crate and crate.pyo3)
    if versions:
        because.append(f"PyO3 {', '.join(versions)}")
    features = f"; features: {' '.join(facts.plan.features)}" if facts.plan.features else ""
    return f"{NAME}: {facts.plan.label} for {facts.name} ({', '.join(because)}){features}"
