"""Gathers the facts of a project that maturin builds, and makes the plan; see :mod:`.gather`."""

from __future__ import annotations

import os
from collections.abc import Callable

from ..decide import plan
from ..decide.case import Basis
from ..delegates import maturin
from ..errors import Place
from ..facts import crates, project, toolchain
from ..model.arguments import Arguments
from ..model.crate import Crate, Modules, Request
from ..model.extension import Extension
from ..model.settings import Settings
from ..model.target import Target
from . import gather
from .gather import Facts, Start


def facts(start: Start, python: str | Target | None = None) -> Facts:
    """Read the crate of the project and make the plan. ``python`` overrides the target interpreter.

    Raises a :class:`BackendError` for what cannot be read. Other mistakes are in ``plan.problems``.
    """
    loaded = start.project
    arguments = maturin.parse(start.config_settings, os.environ)
    triple = gather.target_triple(arguments.values.get("--target"))
    with gather.cargo_on_path():
        question = toolchain.ask_rustc(loaded.root)
        host = toolchain.rustc(question)[1] if triple else ""
        interpreter = python or arguments.values.get("--interpreter")
        target = gather.target_of(interpreter, triple, host)
        extension, promised = _extension(loaded, arguments, target)
        bindings = arguments.values.get("--bindings") or loaded.maturin.get("bindings")
        query = gather.query(loaded.root, extension, triple, bindings=bindings)
        metadata = crates.ask(query)
        # cargo runs in the background while Python does the rest, such as this import.
        from ..facts import pymodules

        settings = start.declared.for_target(target)
        gather.check_contradictions(os.environ, target)
        basis = _basis(loaded, settings, target)
        release, _ = gather.release_and_host(question)  # before cargo's answer: cargo asks this rustc, too
        crate = crates.read(query, metadata)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        crate = crate._replace(promised=promised, modules=_modules(loaded, crate, bindings, pymodules.read))
    basis = basis._replace(rustc=release, stub=maturin.own_stub(loaded, crate) if settings.stubs else None)
    planned = plan.decide(basis, crate)
    if target.by_version and not interpreter:
        # Without --interpreter, maturin's hook would use the running Python. For a name it uses its own data.
        values = {**arguments.values, "--interpreter": maturin.interpreter_name(target)}
        extension = extension._replace(arguments=arguments._replace(values=values))
    return Facts(
        project=loaded,
        settings=settings,
        target=target,
        delegate=start.delegate,
        name=loaded.name or crate.name,
        requires_python=basis.requires_python,
        classifiers=loaded.classifiers,
        plan=planned,
        extensions=(extension._replace(crate=crate, plan=planned),),
        rustc=question.answer()[1],
        triple=triple,
    )


def _basis(loaded: project.Project, settings: Settings, target: Target) -> Basis:
    """The facts of the decision, without the version of rustc."""
    requires = loaded.requires_python
    place = loaded.place("project", "requires-python")
    return Basis(
        settings=settings,
        target=target,
        rustc="",
        requires_python=requires,
        lower_bound=project.lower_bound(requires, place) if requires else None,
        delegate_version=maturin.version() if settings.stubs else None,
    )


def _modules(
    loaded: project.Project, crate: Crate, bindings: str | None, read: Callable[..., Modules | None]
) -> Modules | None:
    """What is odd about the crate's extension module, by its sources; ``read`` reads them."""
    if bindings not in (None, "pyo3", "pyo3-ffi"):
        return None
    named = loaded.maturin.get("module-name")
    place = loaded.place("tool", "maturin", "module-name") if named else Place(crate.manifest)
    wanted = (named or crate.module).rpartition(".")[2]
    key = ("modules", crate.manifest, crate.pyo3 is None)
    return toolchain.remembered(key, lambda: read(crate, wanted, place, loaded.root))


def _extension(loaded: project.Project, arguments: Arguments, target: Target) -> tuple[Extension, tuple[Request, ...]]:
    """(the extension that maturin builds, the conditional features of [tool.maturin] for other Pythons)."""
    applying, others = maturin.table_features(loaded, target)
    given = [Request(name, Place("build arguments"), "the build arguments") for name in arguments.features]
    manifest = maturin.manifest(loaded, arguments)
    extension = Extension(
        name="",
        manifest=manifest,
        shown=crates.shown(loaded.root, manifest),
        arguments=arguments,
        table=loaded.maturin,
        requests=(*applying, *given),
        profile=maturin.profile(loaded, arguments, editable=False),
    )
    return extension, tuple(map(crates.as_feature, others))
