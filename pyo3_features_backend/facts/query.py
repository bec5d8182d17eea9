"""Asks cargo for the crate graph. :mod:`.crates` reads the answer: it is imported while cargo is busy with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import CrateError
from ..model.crate import Request
from . import toolchain
from .files import is_file

MANIFEST_HINT = 'set manifest-path = "CRATE/Cargo.toml" in [tool.maturin]'


class Query(NamedTuple):
    """A question for cargo: the crate of ``manifest``, as a build in ``root`` with the cargo ``flags`` resolves it.

    ``flags`` are the features, --locked, --config and so on. ``triple`` is an explicit rustc target. ``requests`` lists
    the features of PyO3 among the flags, with their places. ``bindings`` is maturin's word for the kind of crate.
    ``env``, if not None, replaces cargo's environment. ``hint`` says how the project can name another manifest.
    """

    root: Path
    manifest: Path
    flags: tuple[str, ...] = ()
    triple: str | None = None
    requests: tuple[Request, ...] = ()
    bindings: str | None = None
    env: Mapping[str, str] | None = None
    hint: str = MANIFEST_HINT


def shown(root: Path, manifest: Path) -> str:
    """The path of ``manifest`` as messages show it: relative to ``root`` if it is below."""
    return manifest.relative_to(root).as_posix() if manifest.is_relative_to(root) else str(manifest)


def triples_of(triple: str | None) -> list[str]:
    """The rustc targets that an explicit target stands for: two for maturin's universal2, none for None."""
    if triple == "universal2-apple-darwin":
        return ["aarch64-apple-darwin", "x86_64-apple-darwin"]
    return [triple] if triple else []


def as_feature(request: Request) -> Request:
    """Turn a request for ``dependency/feature`` into one for the PyO3 feature."""
    return request._replace(feature=request.feature.split("/")[-1])


def ask(query: Query) -> toolchain.Question:
    """Start the ``cargo metadata`` that :func:`.crates.read` needs.

    Raises :class:`CrateError` or :class:`ToolchainError`.
    """
    if not is_file(query.manifest):
        raise CrateError(f"there is no {shown(query.root, query.manifest)}", hint=query.hint)
    filters = [argument for name in triples_of(query.triple) for argument in ("--filter-platform", name)]
    command = ["cargo", "metadata", "--format-version", "1", "--manifest-path", str(query.manifest)]
    return toolchain.ask([*command, *query.flags, *filters], query.root, query.env)
