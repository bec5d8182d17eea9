"""Gathers the facts of a project that maturin builds, and makes the plan; see :mod:`.gather`."""

from __future__ import annotations

import os

from ..decide import plan
from ..decide.case import Basis
from ..delegates import maturin
from ..errors import Place
from ..facts import crates, project, pymodules, toolchain
from ..facts.environ import cargo_on_path
from ..model.crate import Crate, Modules
from ..model.settings import Settings
from ..model.target import Target
from . import gather
from .ask_maturin import Asked
from .gather import Facts


def facts(asked: Asked) -> Facts:
    """Read cargo's answer and make the plan.

    Raises a :class:`BackendError` for what cannot be read. Other mistakes are in ``plan.problems``.
    """
    start, target, arguments = asked.start, asked.target, asked.arguments
    loaded = start.project
    with cargo_on_path():
        settings = start.declared.for_target(target)
        gather.check_contradictions(os.environ, target)
        basis = _basis(loaded, settings, target)
        release, _ = gather.release_and_host(asked.rustc)  # before cargo's answer: cargo asks this rustc, too
        crate = crates.read(asked.query, asked.metadata)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        modules = _modules(loaded, crate, asked.query.bindings)
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


def _modules(loaded: project.Project, crate: Crate, bindings: str | None) -> Modules | None:
    """What the crate's sources show to be wrong with its extension module."""
    if bindings not in (None, "pyo3", "pyo3-ffi"):
        return None
    named = loaded.maturin.get("module-name")
    place = loaded.place("tool", "maturin", "module-name") if named else Place(crate.manifest)
    wanted = (named or crate.module).rpartition(".")[2]
    key = ("modules", crate.manifest, crate.pyo3 is None)
    return toolchain.remembered(key, lambda: pymodules.read(crate, wanted, place, loaded.root))
