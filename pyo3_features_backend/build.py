"""One build: gather the facts, decide, let the delegate compile, verify."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from . import crates, plan, project, settings, target
from .delegates import maturin
from .errors import NAME, BackendError, DelegateError, Place, PlanError, TargetError, ToolchainError, render, say
from .requirements import delegate_of
from .settings import ConfigSettings


class Facts(NamedTuple):
    """Everything a build knows before it starts; ``features`` are the user's own, ``plan`` what is added."""

    project: project.Project
    settings: settings.Settings
    target: target.Target
    crate: crates.Crate
    arguments: maturin.Arguments
    features: list[str]
    plan: plan.Plan
    delegate: str

    def delegate_settings(self) -> dict[str, list[str]]:
        merged = list(dict.fromkeys([*self.features, *self.plan.features]))
        return {"maturin.build-args": maturin.compose(self.arguments, merged)}


@contextmanager
def _rust() -> Iterator[None]:
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
    python = environ.get("PYO3_PYTHON")
    if python and not chosen.same_interpreter(shutil.which(python) or python):
        raise TargetError(
            f"PYO3_PYTHON={python} contradicts the interpreter of this build, {chosen.executable}",
            hint="unset PYO3_PYTHON, or run the build with that interpreter",
        )
    for name in ("PYO3_CONFIG_FILE", "PYO3_CROSS_LIB_DIR", "PYO3_CROSS_PYTHON_VERSION"):
        if environ.get(name) and not chosen.cross_triple:
            raise TargetError(
                f"{name}={environ[name]} contradicts the interpreter of this build, {chosen.executable}",
                hint=f"unset {name}; this version cannot build from it",
            )


def gather(root: Path, config_settings: ConfigSettings | None, python: str | None = None) -> Facts:
    """Read the project in ``root`` and decide. ``python`` overrides the target interpreter.

    Raises a :class:`BackendError` for what cannot be read; what the decision finds wrong is in ``plan.problems``.
    """
    found = project.load(root)
    arguments = maturin.parse(config_settings, os.environ)
    triple = arguments.values.get("--target") or os.environ.get("CARGO_BUILD_TARGET")
    with _rust():
        toolchain = crates.ask_rustc(root)
        host = crates.rustc(toolchain)[1] if triple else ""
        interpreter = python or arguments.values.get("--interpreter")
        chosen = target.for_build(interpreter, triple if triple != host else None)
        applying, others = maturin.table_features(found, chosen)
        asked = applying + [
            crates.Request(name, Place("build arguments"), "the build arguments") for name in arguments.features
        ]
        features = list(dict.fromkeys(request.feature for request in asked))
        manifest = maturin.manifest(found, arguments)
        flags = maturin.cargo_flags(arguments, found.maturin, features)
        metadata = crates.ask_metadata(root, manifest, flags, triple)
        # While cargo answers: everything that needs only Python.
        loaded = settings.load(found.table, found.text, os.environ, config_settings, chosen)
        delegate = delegate_of(found, loaded)
        _contradictions(os.environ, chosen)
        requires = found.requires_python
        lower = project.lower_bound(requires, found.place("project", "requires-python")) if requires else None
        crate = crates.read(
            root,
            manifest,
            flags,
            triple,
            [one._replace(feature=one.feature.split("/")[-1]) for one in asked if "/" in one.feature],
            arguments.values.get("--bindings") or found.maturin.get("bindings"),
            metadata,
        )
        release, _ = crates.rustc(toolchain)
        promised = tuple(one._replace(feature=one.feature.split("/")[-1]) for one in others)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        crate = crate._replace(promised=promised)
    if os.environ.get("RUSTC_BOOTSTRAP"):
        release += "-dev"  # rustc then takes nightly features
    return Facts(
        found,
        loaded,
        chosen,
        crate,
        arguments,
        features,
        plan.decide(loaded, lower, requires, crate, chosen, release),
        delegate,
    )


def _stop_on_errors(facts: Facts, *, quiet: bool) -> None:
    for problem in facts.plan.problems:
        if problem.severity == "error":
            raise PlanError(f"{problem.message} [{problem.code}]", place=problem.place, hint=problem.hint)
        if not quiet:
            say(render("warning", f"{problem.message} [{problem.code}]", problem.place, problem.hint))


def summary(facts: Facts) -> str:
    """The one line that each build prints."""
    because = [facts.plan.reason]
    if facts.crate.pyo3:
        because.append(f"PyO3 {facts.crate.pyo3.version}")
    features = f"; features: {' '.join(facts.plan.features)}" if facts.plan.features else ""
    return f"{NAME}: {facts.plan.label} for {facts.project.name} ({', '.join(because)}){features}"


def _stale_extension(facts: Facts) -> None:
    """An older extension file of the module that would win over the new one at import is an error."""
    stem = maturin.extension_stem(facts.project, facts.crate)
    if stem is None or facts.plan.wheel is None:
        return
    suffixes = facts.target.suffixes
    ours = next((at for at, suffix in enumerate(suffixes) if ".abi3" in suffix), len(suffixes))
    for suffix in suffixes[: ours if facts.plan.abi != "version-specific" else 0]:
        old = stem.with_name(stem.name + suffix)
        if old.is_file():
            raise DelegateError(
                f"{old} is an older build of {stem.name} and would win over the new one at import",
                hint=f'remove it: python -c "import os; os.remove({str(old)!r})"',
            )


def make_wheel(
    wheel_directory: str, config_settings: ConfigSettings | None, metadata_directory: str | None, *, editable: bool
) -> str:
    """Build a wheel (PEP 517) or an editable one (PEP 660); returns its file name."""
    facts = gather(Path.cwd(), config_settings)
    _stop_on_errors(facts, quiet=False)
    if editable:
        _stale_extension(facts)
    say(summary(facts))
    injected = any("abi3" in feature for feature in facts.plan.features) and facts.plan.floor
    hint = "maturin's and cargo's own messages are above"
    failed = f"maturin could not build {facts.plan.label}"
    if injected and facts.plan.floor:
        floor = f"{facts.plan.floor[0]}.{facts.plan.floor[1]}"
        failed += f" with the abi3 floor {floor} ({facts.plan.reason})"
        hint = (
            f"if the code needs more than the limited API of {floor}, set a higher floor in "
            f'[tool.{NAME}], such as abi3 = "3.11", or abi3 = "off"'
        )
    with _rust():
        name = maturin.hook(
            "build_editable" if editable else "build_wheel",
            wheel_directory,
            facts.delegate_settings(),
            metadata_directory,
            env=facts.plan.env,
            failed=failed,
            hint=hint,
        )
    from . import verify

    wheel = Path(wheel_directory, name)
    try:
        if "tags" in facts.settings.verify:
            verify.tags(wheel, facts.plan)
        if "import" in facts.settings.verify and not editable:
            verify.imports(wheel, facts.target)
    except BackendError:
        wheel.unlink()
        raise
    return name


def prepare_metadata(metadata_directory: str, config_settings: ConfigSettings | None, *, editable: bool) -> str:
    """Write the wheel's .dist-info with the planned tag; returns its folder's name."""
    facts = gather(Path.cwd(), config_settings)
    _stop_on_errors(facts, quiet=True)
    name = "prepare_metadata_for_build_editable" if editable else "prepare_metadata_for_build_wheel"
    with _rust():
        return maturin.hook(
            name,
            metadata_directory,
            facts.delegate_settings(),
            env=facts.plan.env,
            failed="maturin could not write the metadata",
            hint="its own messages are above",
        )


def make_sdist(sdist_directory: str, config_settings: ConfigSettings | None) -> str:
    """Build the sdist; the plan plays no part in it, but broken settings are an error here too."""
    found = project.load(Path.cwd())
    loaded = settings.load(found.table, found.text, os.environ, config_settings, target.running())
    delegate_of(found, loaded)
    with _rust():
        return maturin.hook(
            "build_sdist",
            sdist_directory,
            None,
            env={},
            failed="maturin could not make the sdist",
            hint="its own messages are above",
        )
