"""What a build asks of the rebuild engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from . import content, machine
from .place import Compile


class Python(NamedTuple):
    """The Python that a build compiles for.

    ``label`` is part of the names of its places, such as "cp311", or "abi3" for all Pythons. ``identity`` differs for
    two Pythons with the same label. ``configuration``, if not None, has the arguments of :func:`python.write`: (floor,
    pointer width, version of PyO3). ``path`` is that by which build scripts get it (:func:`.interpreter.path`).
    """

    label: str
    identity: str
    configuration: tuple[tuple[int, int], int, str] | None = None
    path: str = ""


class Build(NamedTuple):
    """Everything that one wheel compiles.

    ``root`` is the project's folder and ``name`` the project's name. ``environ`` is the environment of the hook, and
    ``rustc`` the output of ``rustc -vV``. ``arguments`` are the build arguments that cargo does not compare itself.
    ``compiles`` are the calls of cargo. ``report`` prints a line for the user.
    """

    root: Path
    name: str
    compile_cache: str
    environ: Mapping[str, str]
    rustc: str
    arguments: tuple[str, ...]
    python: Python
    compiles: tuple[Compile, ...]
    report: Callable[[str], None]

    @property
    def unpacked(self) -> bool:
        """Whether the source is an sdist that a front end unpacked, and not a source tree that somebody works in."""
        return is_unpacked(self.root)


def is_unpacked(root: Path) -> bool:
    """See :attr:`Build.unpacked`."""
    return (root / "PKG-INFO").is_file()


def context(build: Build, call: Compile, environ: Mapping[str, str], digests: content.Digests) -> str:
    """A digest of everything that the published crates of a compile can depend on; ``environ`` is that of the hook."""
    starts = [build.root, call.graph.manifest.parent, call.graph.workspace]
    return machine.context(starts, build.rustc, call.with_own(environ), build.arguments, digests)
