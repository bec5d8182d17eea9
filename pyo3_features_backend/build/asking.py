"""What a build with either delegate needs to know before it can ask cargo for a crate."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ..facts import interpreter as interpreters
from ..facts.arguments import cargo_flags
from ..facts.query import MANIFEST_HINT, Query, as_feature
from ..model.extension import Extension
from ..model.target import Target


def target_of(interpreter: str | Target | None, triple: str | None, host: str) -> Target:
    """The Python of the build: ``interpreter`` if it is given, or what the environment and ``triple`` say.

    Raises :class:`TargetError`. Only a Python that may not run here needs :mod:`facts.cross`, which is slow to import.
    """
    if isinstance(interpreter, Target):
        return interpreter
    if triple or os.environ.get("PYO3_CONFIG_FILE"):
        from ..facts import cross

        return cross.choose(os.environ, interpreter, triple, host)
    return interpreters.of_executable(interpreter) if interpreter else interpreters.running()


def target_triple(given: str | None) -> str | None:
    """The rustc target: ``given`` in the build arguments, or CARGO_BUILD_TARGET, or ARCHFLAGS on macOS."""
    triple = given or os.environ.get("CARGO_BUILD_TARGET")
    if not triple and sys.platform == "darwin" and os.environ.get("ARCHFLAGS"):
        from ..facts import cross

        triple = cross.archflags_triple(os.environ["ARCHFLAGS"])
    return triple or None


def query(
    root: Path,
    extension: Extension,
    triple: str | None,
    *,
    bindings: str | None = None,
    hint: str = MANIFEST_HINT,
) -> Query:
    """The question for cargo about the crate of ``extension``; the arguments are those of :class:`Query`."""
    return Query(
        root=root,
        manifest=extension.manifest,
        flags=tuple(cargo_flags(extension)),
        triple=triple,
        requests=tuple(as_feature(request) for request in extension.requests if "/" in request.feature),
        bindings=bindings,
        env=extension.env,
        hint=hint,
    )
