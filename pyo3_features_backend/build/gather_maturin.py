"""Gathers the facts of a project that maturin builds, and makes the plan; see :mod:`.gather`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

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


class Asked(NamedTuple):
    """A project whose crate cargo is being asked about. ``interpreter`` is the one that was named, if any."""

    start: Start
    arguments: Arguments
    target: Target
    interpreter: str | Target | None
    extension: Extension
    promised: tuple[Request, ...]
    query: crates.Query
    rustc: toolchain.Question
    metadata: toolchain.Question
    triple: str | None


def ask(start: Start, python: str | Target | None = None) -> Asked:
    """Start the question to cargo that :func:`facts` needs. ``python`` overrides the target interpreter.

    Raises a :class:`BackendError` for what cannot be read.
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
        return Asked(
            start=start,
            arguments=arguments,
            target=target,
            interpreter=interpreter,
            extension=extension,
            promised=promised,
            query=query,
            rustc=question,
            metadata=crates.ask(query),
            triple=triple,
        )


def facts(asked: Asked) -> Facts:
    """Read cargo's answer and make the plan.

    Raises a :class:`BackendError` for what cannot be read. Other mistakes are in ``plan.problems``.
    """
    # After the question: cargo runs in the background.
    from ..decide import plan
    from ..facts import pymodules

    start, target, arguments = asked.start, asked.target, asked.arguments
    loaded = start.project
    with gather.cargo_on_path():
        settings = start.declared.for_target(target)
        gather.check_contradictions(os.environ, target)
        basis = _basis(loaded, settings, target)
        release, _ = gather.release_and_host(asked.rustc)  # before cargo's answer: cargo asks this rustc, too
        crate = crates.read(asked.query, asked.metadata)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        modules = _modules(loaded, crate, asked.query.bindings, pymodules.read)
        crate = crate._replace(promised=asked.promised, modules=modules)
    basis = basis._replace(rustc=release, stub=maturin.own_stub(loaded, crate) if settings.stubs else None)
    planned = plan.decide(basis, crate)
    extension = asked.extension
    if target.by_version and not asked.interpreter:
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
        rustc=asked.rustc.answer()[1],
        triple=asked.triple,
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
    """What the crate's sources show to be wrong with its extension module; ``read`` reads them."""
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
        packs_out_dir=maturin.packs_out_dir(loaded),
    )
    return extension, tuple(map(crates.as_feature, others))
