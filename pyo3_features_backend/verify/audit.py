"""Audits a wheel: reads it, and combines the checks."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import Place
from ..model.problem import Problem
from ..model.words import Abi, Severity
from . import linked, modules, tags
from .modules import Module
from .problems import printable, problem
from .stable_abi import StableAbi
from .values import File, Wheel, WheelError
from .wheel import Archive, describe, open_wheel

if TYPE_CHECKING:
    from .symbols import Symbols


class Report(NamedTuple):
    """What an audit found. ``wheel`` is None for a file that is not a wheel. ``unchecked`` says what was not checked,
    in words.
    """

    path: Path
    wheel: Wheel | None
    problems: tuple[Problem, ...]
    modules: tuple[Module, ...] = ()
    symbols: tuple[Symbols, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def errors(self) -> list[Problem]:
        """The problems that are errors."""
        return [found for found in self.problems if found.severity == Severity.ERROR]


def inspect(path: Path, abi: StableAbi | None) -> Wheel:
    """The wheel at ``path`` with its extension modules read; with ``abi`` also the libraries of a stable-ABI wheel.

    Raises :class:`WheelError`.
    """
    with open_wheel(path) as archive:
        wheel = describe(archive, path.name)
        stable = any(claim.abi != Abi.VERSION_SPECIFIC for claim in tags.claims(wheel.tags))
        files = tuple(_read(archive, wheel, file, libraries=stable and abi is not None) for file in wheel.files)
    return wheel._replace(files=files)


def _read(archive: Archive, wheel: Wheel, file: File, *, libraries: bool) -> File:
    """``file`` with its binary, if a check needs it."""
    if file.bundled:
        return archive.read(file) if libraries else file
    if tags.claims(wheel.tags):
        return archive.read(file)
    # Without a promise about the ABI only the suffix of one version is looked at.
    parsed = tags.suffix(file.installed.rpartition("/")[2])
    return archive.read(file) if parsed and parsed[1].version else file


def audit(
    path: Path, abi: StableAbi | None, expected: Collection[str] | None = None, *, metadata: bool = True
) -> Report:
    """Read and check the wheel at ``path``, including its symbols if ``abi`` is given.

    ``expected`` are names of modules, see :func:`.modules.judge`. ``metadata`` says whether to check what the wheel
    declares about itself. Does not raise for a file that is not a wheel: that is a problem.
    """
    try:
        wheel = inspect(path, abi)
    except WheelError as error:
        broken = Problem(
            code="PFB301",
            severity=Severity.ERROR,
            message=printable(error.message),
            place=Place(path.name),
            hint=error.hint,
        )
        return Report(path, None, (broken,))
    found = [*_damaged(wheel), *modules.judge(wheel, expected), *linked.judge(wheel)]
    if metadata:
        from . import names  # with packaging, which takes longer to import than a small wheel to read

        found = [*names.judge(wheel), *found]
    examined: list[Symbols] = []
    if abi:
        from . import symbols  # a build that does not verify them does not need it

        examined = symbols.examine(wheel, abi)
        found += symbols.judge(wheel, examined)
    return Report(
        path=path,
        wheel=wheel,
        problems=tuple(found),
        modules=tuple(modules.modules(wheel)),
        symbols=tuple(examined),
        unchecked=_unchecked(wheel, abi),
    )


def _damaged(wheel: Wheel) -> list[Problem]:
    hint = "build the wheel again; if the file is not damaged, report a bug"
    return [
        problem(wheel, "PFB350", f"{file.path} is damaged: {file.damage}", hint) for file in wheel.files if file.damage
    ]


def _unchecked(wheel: Wheel, abi: StableAbi | None) -> tuple[str, ...]:
    """What this audit did not check."""
    found = []
    promised = tags.claims(wheel.tags)
    others = dict.fromkeys(tag.abi for tag in wheel.tags if tag.abi.startswith(("pypy", "graalpy", "pp")))
    if others:
        found.append(f"the ABI {', '.join(others)}: only CPython's is known")
    if not promised and not others and any(not file.bundled for file in wheel.files):
        found.append(f"the extension modules: the tag {wheel.label} names no ABI")
    found += [f"{file.path}: {file.skipped}" for file in wheel.files if file.skipped]
    found += [
        f"{file.path} as a module: Python's import system looks for no name with a dot in it"
        for file in wheel.files
        if promised and not file.bundled and tags.is_dotted(file.installed.rpartition("/")[2])
    ]
    newest = max((claim.version for claim in promised), default=(0, 0))
    if abi and newest > abi.newest:
        found.append(f"symbols that are new in Python {newest[0]}.{newest[1]}: the installed abi3info does not know it")
    if promised and not any(tags.platform(tag.platform) for tag in wheel.tags):
        found.append(f"the platform {', '.join(dict.fromkeys(tag.platform for tag in wheel.tags))}")
    return tuple(map(printable, found))
