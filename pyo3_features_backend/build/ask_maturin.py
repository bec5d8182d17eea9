"""Asks cargo for the crate that maturin would build. Only what that takes is imported before cargo runs."""

from __future__ import annotations

import os
from typing import NamedTuple

from ..delegates import maturin
from ..errors import Place
from ..facts import query, toolchain
from ..facts.environ import cargo_on_path
from ..facts.project import Project
from ..model.arguments import Arguments
from ..model.crate import Request
from ..model.extension import Extension
from ..model.target import Target
from . import asking
from .start import Start


class Asked(NamedTuple):
    """A project whose crate cargo is being asked about. ``interpreter`` is the one that was named, if any."""

    start: Start
    arguments: Arguments
    target: Target
    interpreter: str | Target | None
    extension: Extension
    promised: tuple[Request, ...]
    query: query.Query
    rustc: toolchain.Question
    metadata: toolchain.Question
    triple: str | None


def ask(start: Start, python: str | Target | None = None) -> Asked:
    """Ask cargo for the crate; :func:`.gather_maturin.facts` reads the answer.

    ``python`` overrides the target interpreter. Raises a :class:`BackendError` for what cannot be read.
    """
    loaded = start.project
    arguments = maturin.parse(start.config_settings, os.environ)
    triple = asking.target_triple(arguments.values.get("--target"))
    with cargo_on_path():
        rustc = toolchain.ask_rustc(loaded.root)
        host = toolchain.rustc(rustc)[1] if triple else ""
        interpreter = python or arguments.values.get("--interpreter")
        target = asking.target_of(interpreter, triple, host)
        extension, promised = _extension(loaded, arguments, target)
        bindings = arguments.values.get("--bindings") or loaded.maturin.get("bindings")
        asked = asking.query(loaded.root, extension, triple, bindings=bindings)
        return Asked(
            start=start,
            arguments=arguments,
            target=target,
            interpreter=interpreter,
            extension=extension,
            promised=promised,
            query=asked,
            rustc=rustc,
            metadata=query.ask(asked),
            triple=triple,
        )


def _extension(loaded: Project, arguments: Arguments, target: Target) -> tuple[Extension, tuple[Request, ...]]:
    """(the extension that maturin builds, the conditional features of [tool.maturin] for other Pythons)."""
    applying, others = maturin.table_features(loaded, target)
    given = [Request(name, Place("build arguments"), "the build arguments") for name in arguments.features]
    manifest = maturin.manifest(loaded, arguments)
    extension = Extension(
        name="",
        manifest=manifest,
        shown=query.shown(loaded.root, manifest),
        arguments=arguments,
        table=loaded.maturin,
        requests=(*applying, *given),
        profile=maturin.profile(loaded, arguments, editable=False),
        packs_out_dir=maturin.packs_out_dir(loaded),
    )
    return extension, tuple(map(query.as_feature, others))
