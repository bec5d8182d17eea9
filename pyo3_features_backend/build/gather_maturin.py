"""What a decision needs of a project that maturin builds, and the decision; see :mod:`.gather`."""

from __future__ import annotations

import os

from ..decide import plan
from ..decide.case import Basis
from ..delegates import maturin
from ..errors import Place
from ..facts import crates, project, toolchain
from ..facts.arguments import cargo_flags
from ..model.arguments import Arguments
from ..model.crate import Request
from ..model.extension import Extension
from ..model.target import Target
from . import gather
from .gather import Facts, Start


def facts(begun: Start, python: str | Target | None = None) -> Facts:
    """Read the crate of a project and decide; ``python`` overrides the target interpreter.

    Raises a :class:`BackendError` for what cannot be read; what the decision finds wrong is in ``plan.problems``.
    """
    found = begun.project
    arguments = maturin.parse(begun.config_settings, os.environ)
    triple = gather.target_triple(arguments.values.get("--target"))
    with gather.rust():
        asked_rustc = toolchain.ask_rustc(found.root)
        host = toolchain.rustc(asked_rustc)[1] if triple else ""
        interpreter = python or arguments.values.get("--interpreter")
        target = gather.target_of(interpreter, triple, host)
        extension, promised = _extension(found, arguments, target)
        asked = tuple(crates.as_feature(one) for one in extension.requests if "/" in one.feature)
        bindings = arguments.values.get("--bindings") or found.maturin.get("bindings")
        flags = tuple(cargo_flags(extension))
        query = crates.Query(
            root=found.root,
            manifest=extension.manifest,
            flags=flags,
            triple=triple,
            requests=asked,
            bindings=bindings,
        )
        metadata = crates.ask(query)
        # While cargo answers: everything that needs only Python.
        settings = begun.declared.for_target(target)
        gather.contradictions(os.environ, target)
        requires = found.requires_python
        lower = project.lower_bound(requires, found.place("project", "requires-python")) if requires else None
        crate = crates.read(query, metadata)
        if "--ignore-rust-version" in arguments.flags:
            crate = crate._replace(rust_versions=())
        crate = crate._replace(promised=promised)
        release, _ = gather.release_and_host(asked_rustc)
    decided = plan.decide(Basis(settings, target, release, requires, lower), crate)
    if target.by_version and not interpreter:
        # maturin's hook names the running Python otherwise; by a name it takes its own data for the platform.
        values = {**arguments.values, "--interpreter": maturin.interpreter_name(target)}
        extension = extension._replace(arguments=arguments._replace(values=values))
    return Facts(
        project=found,
        settings=settings,
        target=target,
        delegate=begun.delegate,
        name=found.name,
        requires_python=requires,
        classifiers=found.classifiers,
        plan=decided,
        extensions=(extension._replace(crate=crate, plan=decided),),
        rustc=asked_rustc.answer()[1],
        triple=triple,
    )


def _extension(found: project.Project, arguments: Arguments, target: Target) -> tuple[Extension, tuple[Request, ...]]:
    """(what maturin will build, the conditional features of [tool.maturin] that are for other Pythons)."""
    applying, others = maturin.table_features(found, target)
    words = "the build arguments"
    given = [Request(name, Place("build arguments"), words) for name in arguments.features]
    manifest = maturin.manifest(found, arguments)
    extension = Extension(
        name="",
        manifest=manifest,
        shown=crates.shown(found.root, manifest),
        arguments=arguments,
        table=found.maturin,
        requests=(*applying, *given),
        profile=maturin.profile(found, arguments, editable=False),
    )
    return extension, tuple(map(crates.as_feature, others))
