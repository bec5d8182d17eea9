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
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from . import crates, plan, project, settings, target
from .abi import PY_LIMITED_API
from .crates import Crate
from .delegates import maturin
from .delegates.arguments import Arguments, cargo_flags
from .delegates.setuptools_rust import Distribution, Extension
from .errors import NAME, CrateError, Place, TargetError, ToolchainError, render, say
from .plan import Plan
from .requirements import delegate_of
from .settings import ConfigSettings


class Start(NamedTuple):
    """What is known before any tool runs."""

    project: project.Project
    settings: settings.Settings
    delegate: str


class Facts(NamedTuple):
    """Everything a build knows before it starts.

    ``plan`` is the wheel's, ``plans`` and ``crates`` go side by side (one for each extension; None where an optional
    extension could not be read), ``passed`` are the config settings for the delegate's hook.
    """

    project: project.Project
    settings: settings.Settings
    target: target.Target
    delegate: str
    name: str
    requires_python: str | None
    crates: tuple[Crate | None, ...]
    plan: Plan
    plans: tuple[Plan | None, ...]
    passed: Mapping[str, str | list[str]]
    rustc: str = ""
    triple: str | None = None
    arguments: Arguments | None = None

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


def _contradictions(environ: Mapping[str, str], chosen: target.Target) -> None:
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


def _target(interpreter: str | None, triple: str | None, host: str) -> target.Target:
    """The Python that the build is for; only one that may not run here costs the import of :mod:`cross`."""
    if triple or os.environ.get("PYO3_CONFIG_FILE"):
        from . import cross

        return cross.choose(os.environ, interpreter, triple, host)
    return target.of_executable(interpreter) if interpreter else target.running()


def _triple(given: str | None) -> str | None:
    """The rustc target: ``given`` in the build arguments, CARGO_BUILD_TARGET, ARCHFLAGS of a build on macOS."""
    triple = given or os.environ.get("CARGO_BUILD_TARGET")
    if not triple and sys.platform == "darwin" and os.environ.get("ARCHFLAGS"):
        from . import cross

        triple = cross.archflags_triple(os.environ["ARCHFLAGS"])
    return triple or None


def _last(request: crates.Request) -> crates.Request:
    """A request for ``dependency/feature`` as one for the PyO3 feature."""
    return request._replace(feature=request.feature.split("/")[-1])


def _rustc(question: crates.Question) -> tuple[str, str]:
    release, host = crates.rustc(question)
    # With RUSTC_BOOTSTRAP rustc takes nightly features whatever its channel.
    return (release + "-dev" if os.environ.get("RUSTC_BOOTSTRAP") else release), host


def for_maturin(
    found: project.Project,
    config_settings: ConfigSettings | None,
    python: str | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> Facts:
    """Read the crate of a project and decide. ``python`` overrides the target interpreter, ``meanwhile`` is called
    while cargo reads the graph.

    Raises a :class:`BackendError` for what cannot be read; what the decision finds wrong is in ``plan.problems``.
    """
    root = found.root
    arguments = maturin.parse(config_settings, os.environ)
    triple = _triple(arguments.values.get("--target"))
    with rust():
        toolchain = crates.ask_rustc(root)
        host = crates.rustc(toolchain)[1] if triple else ""
        interpreter = python or arguments.values.get("--interpreter")
        chosen = _target(interpreter, triple, host)
        applying, others = maturin.table_features(found, chosen)
        asked = applying + [
            crates.Request(name, Place("build arguments"), "the build arguments") for name in arguments.features
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
        _contradictions(os.environ, chosen)
        requires = found.requires_python
        lower = project.lower_bound(requires, found.place("project", "requires-python")) if requires else None
        bindings = arguments.values.get("--bindings") or found.maturin.get("bindings")
        on = [_last(one) for one in asked if "/" in one.feature]
        crate = crates.read(root, manifest, flags, triple, on, bindings, metadata)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        crate = crate._replace(promised=tuple(map(_last, others)))
        release, _ = _rustc(toolchain)
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
        (crate,),
        decided,
        (decided,),
        passed,
        toolchain.answer()[1],
        triple,
        arguments,
    )


_SETUPTOOLS_HINT = "name the extension's own Cargo.toml with `path` where the extension is declared"


def for_setuptools(
    begun: Start, distribution: Distribution, config_settings: ConfigSettings | None, python: str | None = None
) -> Facts:
    """Read the crates of a finalised ``distribution`` and decide. ``python`` is for showing a plan only.

    Raises a :class:`BackendError` for what cannot be read, except where the extension is optional: setuptools-rust
    then goes on without it, and so do we.
    """
    found = begun.project
    root = found.root
    triple = _triple(distribution.triple)
    libraries = {number: one for number, one in enumerate(distribution.extensions) if not one.program}
    chosen = _target(python, None, "")
    release, answered = "0", ""
    read: dict[int, Crate] = {}
    required = [one for one in libraries.values() if not one.optional]
    if libraries:
        try:
            toolchain = crates.ask_rustc(root, (required or list(libraries.values()))[0].env)
            release, host = _rustc(toolchain)
            answered = toolchain.answer()[1]
        except ToolchainError as error:
            if required:
                raise
            say(render("warning", error.message, error.place, error.hint))
            libraries, host = {}, ""
        if triple and triple != host:
            chosen = _target(python, triple, host)
        for environ in [os.environ, *(one.env for one in libraries.values() if one.env is not None)]:
            _contradictions(environ, chosen)
        read = _read_crates(root, libraries, triple)
    loaded = settings.load(found.table, found.text, os.environ, config_settings, chosen)
    requires = distribution.requires_python
    lower = project.lower_bound(requires, distribution.requires_place) if requires else None
    known: list[Crate] = []
    held: list[plan.Held | None] = []
    at: dict[int, int] = {}  # extension's number -> number among the known crates
    for number, one in enumerate(distribution.extensions):
        if one.program:
            crate: Crate | None = Crate(one.name, one.shown, False, frozenset(), None)
        else:
            crate = read.get(number)
        if (
            crate
            and one.optional
            and not _can_compile(plan.decide(loaded, lower, requires, crate, chosen, release), one)
        ):
            crate = None
        if crate is not None:
            at[number] = len(known)
            known.append(crate._replace(promised=_promises(one, distribution)))
            held.append(_hold(one, distribution))
    if not known:
        wheel = Plan("version-specific", None, (), {}, None, "no extension could be read", ())
        plans: list[Plan] = []
    else:
        wheel, plans = plan.decide_together(loaded, lower, requires, known, chosen, release, held)
    count = range(len(distribution.extensions))
    return Facts(
        found,
        loaded,
        chosen,
        begun.delegate,
        distribution.name,
        requires,
        tuple(known[at[number]] if number in at else None for number in count),
        wheel,
        tuple(plans[at[number]] if number in at else None for number in count),
        config_settings or {},
        answered,
        triple,
    )


def _read_crates(root: Path, extensions: Mapping[int, Extension], triple: str | None) -> dict[int, Crate]:
    """The crates of the extensions, by the same numbers; without the optional ones that cannot be read."""
    asked = {}
    read: dict[int, Crate] = {}
    for number, one in extensions.items():  # all at once: cargo's answers do not wait for each other
        flags = cargo_flags(one.arguments, {}, [request.feature for request in one.requests])
        try:
            question = crates.ask_metadata(root, one.manifest, flags, triple, env=one.env, hint=_SETUPTOOLS_HINT)
        except CrateError as error:
            _tolerate(one, error)
        else:
            asked[number] = flags, question
    for number, (flags, question) in asked.items():
        one = extensions[number]
        on = [_last(request) for request in one.requests if "/" in request.feature]
        try:
            crate = crates.read(
                root, one.manifest, flags, triple, on, None, question, env=one.env, hint=_SETUPTOOLS_HINT
            )
        except CrateError as error:
            _tolerate(one, error)
        else:
            # setuptools-rust compiles the library of any crate, with --crate-type cdylib.
            read[number] = crate._replace(library=True)
    return read


def _can_compile(alone: Plan, extension: Extension) -> bool:
    """False, and a warning, where rustc or the Python is not one that the crate of an optional extension takes."""
    for problem in alone.problems:
        if problem.code in ("PFB110", "PFB140"):
            message = f"optional Rust extension {extension.name}: {problem.message} [{problem.code}]"
            say(render("warning", message, problem.place, problem.hint))
            return False
    return True


def _tolerate(extension: Extension, error: CrateError) -> None:
    if not extension.optional:
        raise error
    message = f"optional Rust extension {extension.name}: {error.message}"
    say(render("warning", message, error.place, error.hint))


def _promises(extension: Extension, distribution: Distribution) -> tuple[crates.Request, ...]:
    """py_limited_api in its places as promises of a floor."""
    found = []
    if distribution.limited:
        floor, place = distribution.limited
        found.append(crates.Request(f"abi3-py{floor[0]}{floor[1]}", place, PY_LIMITED_API))
    if extension.limited is True:
        found.append(crates.Request("abi3", extension.place, PY_LIMITED_API))
    return tuple(found)


def _hold(extension: Extension, distribution: Distribution) -> plan.Held | None:
    if extension.limited is False and not extension.program:
        return plan.Held(f"extension {extension.name} has py_limited_api = False", extension.place)
    if distribution.unlimited:
        return plan.Held(f"extension {distribution.unlimited[0]}, in C, does not keep to the limited API")
    return None


def summary(facts: Facts) -> str:
    """The one line that each build prints."""
    because = [facts.plan.reason]
    versions = dict.fromkeys(crate.pyo3.version for crate in facts.crates if crate and crate.pyo3)
    if versions:
        because.append(f"PyO3 {', '.join(versions)}")
    features = f"; features: {' '.join(facts.plan.features)}" if facts.plan.features else ""
    return f"{NAME}: {facts.plan.label} for {facts.name} ({', '.join(because)}){features}"
