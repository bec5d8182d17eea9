"""Steps that builds through both delegates share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..errors import NAME, DelegateError, PlanError, say
from ..model.target import extension_suffix
from ..model.version import python_text
from ..model.words import Abi, Severity
from .compiler_output import Output
from .gather import Facts

if TYPE_CHECKING:  # imported once there is something to compile
    from ..rebuild.engine import CacheDisk
    from ..rebuild.request import Python

T = TypeVar("T")


def report(text: str) -> None:
    """Print a line about the build to stderr."""
    say(f"{NAME}: {text}")


def stop_on_errors(facts: Facts, *, quiet: bool) -> None:
    """Raise the plan's first error as :class:`PlanError`; print the warnings unless ``quiet``."""
    for warning in () if quiet else facts.warnings:
        say(str(warning))
    for problem in facts.plan.problems:
        if problem.severity == Severity.ERROR:
            raise PlanError(problem.message, place=problem.place, hint=problem.hint, code=problem.code)
        if not quiet:
            say(str(problem))


def check_stale_extension(facts: Facts, stem: Path | None) -> None:
    """Raise :class:`DelegateError` if Python would import an older file of the extension instead of the new one.

    ``stem`` is the path of the extension in the source tree without its suffix, or None if it is not known.
    """
    if stem is None or facts.plan.wheel is None or facts.plan.abi == Abi.VERSION_SPECIFIC:
        return
    own = extension_suffix(facts.target, facts.plan.abi)
    # Python 3.15 also has suffixes such as .abi3t-x86_64-linux-gnu.so, in which setuptools writes abi3t (PEP 803).
    new = {own, *(suffix for suffix in facts.target.suffixes if suffix.startswith(f".{Abi.ABI3T}-"))}
    for suffix in itertools.takewhile(lambda suffix: suffix not in new, facts.target.suffixes):
        old = stem.with_name(stem.name + suffix)
        if old.is_file():
            raise DelegateError(
                f"{old} is an older build of {stem.name}, which Python would import instead of the new one",
                hint=f'remove it: python -c "import os; os.remove({str(old)!r})"',
            )


def compile_error(facts: Facts, delegate: str, output: Output | None = None) -> DelegateError:
    """The error for a compile that fails; ``output`` is the compiler's output."""
    wheel = facts.plan.label if facts.plan.wheel else f"the wheel of {facts.name}"
    message = f"{delegate} could not build {wheel}"
    if facts.plan.floor and output and output.is_about_the_limited_api:
        return DelegateError(
            f"{message}: the code needs more than the limited API of Python {python_text(facts.plan.floor)} "
            f"({facts.plan.reason})",
            hint="`pyo3-features probe` finds the lowest floor at which it compiles, and --write records it; "
            f'abi3 = "off" in [tool.{NAME}] makes a wheel for each Python',
        )
    return DelegateError(message, hint=f"see the output of {delegate} and cargo above")


def retry_without_cache(disk: CacheDisk, build: Callable[[bool], T]) -> T:
    """Call ``build(True)``. If it fails and the disk of the compile cache is full, call ``build(False)``.

    The argument says whether the build may use the compile cache.
    """
    try:
        return build(True)
    except DelegateError:
        if not disk.is_full():
            raise
    say(f"{NAME}: the disk of {disk.cache} is full; building again without the compile cache")
    return build(False)


def python_for_compile(facts: Facts, *, programs: bool, path: str = "") -> Python:
    """The Python that the build compiles for: any Python, if the result does not depend on it.

    ``programs`` says that the build also compiles programs. ``path``: see :class:`Python`.
    """
    from ..rebuild import interpreter, python
    from ..rebuild.request import Python

    graphs = [crate.graph for crate in facts.crates if crate.graph]
    versions = [crate.pyo3.version for crate in facts.crates if crate.pyo3]
    given = os.environ.get("PYO3_CONFIG_FILE") or facts.triple
    if not given and not python.is_seen_by(graphs):
        if not versions:
            return Python("any", "")
        plans = [extension.plan for extension in facts.extensions if extension.plan]
        uniform = len(set(versions)) == 1 and all(plan.abi == facts.plan.abi for plan in plans)
        if uniform and facts.plan.floor and python.can_be_constant(facts.plan.abi, extension_only=not programs):
            return Python("abi3", "", (facts.plan.floor, facts.target.pointer_width, versions[0]))
    identity = f"{interpreter.identity(facts.target, os.environ, path)} {facts.target.platform} {facts.triple}"
    return Python(facts.target.wheel_tag[1].lower(), identity, path=path)


@contextmanager
def preserve_lock_files(manifests: Iterable[Path]) -> Iterator[None]:
    """Restore each Cargo.lock next to a manifest or above it in its workspace after the block.

    `cargo metadata` creates a missing Cargo.lock, and updates one that does not agree with Cargo.toml.
    """
    folders = {folder for manifest in manifests for folder in list(manifest.parents)[:6]}
    # cargo writes through a link, so it is the file behind it that changes, and the link stays.
    locks = [Path(os.path.realpath(folder / "Cargo.lock")) for folder in folders]
    before = {lock: lock.read_bytes() if lock.is_file() else None for lock in locks}
    try:
        yield
    finally:
        for lock, content in before.items():
            if content is None:
                if lock.is_file() and not lock.is_symlink():
                    lock.unlink()
            elif lock.read_bytes() != content:
                lock.write_bytes(content)
