"""Finds the lowest stable-ABI floor at which a project's crates compile, by compiling them.

A trial overrides the abi3 setting; the decision itself is that of a build (`decide`).
`search.py` tries one floor after the other, `candidates.py` says what to try, `bench.py` compiles it, `importing.py`
imports it, `record.py` records the result, and `result.py` has the values of what is found.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ...build.gather import Facts
from ...build.steps import preserve_lock_files
from ...build.survey import facts_of
from ...decide import abi, pyo3
from ...errors import CrateError, DelegateError, Place, PlanError
from ...model.settings import TABLE
from ...model.version import python_text
from ...model.words import Abi, DelegateName
from .bench import Bench, Trial, Unit, units
from .result import Attempt, ProbeResult, Progress
from .search import Search

__all__ = ["Attempt", "ProbeResult", "Progress", "probe"]


def probe(root: Path, python: str | None, progress: Progress, target_dir: Path | None = None) -> ProbeResult:
    """Find the lowest floor of the project in ``root``.

    ``python`` imports the modules, ``progress`` hears of each step. It compiles in ``target_dir``, which stays, or
    in a temporary folder. The project's files stay as they are.

    Raises a :class:`BackendError` if nothing can be tried, or the crate compiles at no floor and without one.
    """
    progress.step("reading the project")
    neutral = Trial(Abi.VERSION_SPECIFIC, None).config_settings
    base = facts_of(root, python, {**neutral, f"{TABLE}.abi3": "auto"})
    crates = units(base)
    _refuse(base, crates)
    with ExitStack() as stack:
        stack.enter_context(preserve_lock_files(unit.manifest for unit in crates))
        scratch = stack.enter_context(_scratch())
        bench = Bench(root, scratch, base, target_dir or scratch / "target", progress)
        if target_dir and target_dir.exists():
            bench.forget()
        return Search(bench, progress).run()


def _refuse(base: Facts, crates: Sequence[Unit]) -> None:
    """Raise, before anything is compiled, for a project where no floor can be tried."""
    if not crates:
        raise CrateError(
            f"{base.name} has no extension crate that uses PyO3, so there is no floor to find",
            place=Place("Cargo.toml"),
        )
    for unit in crates:
        assert unit.crate.pyo3
        author = abi.declared(unit.crate, unit.crate.pyo3)
        if author.floor:
            raise PlanError(
                f"{pyo3.abi3_feature(author.floor)} is hard-coded here; cargo cannot turn it off, and PyO3 uses the "
                "lowest floor that is on, so no other can be tried"
                if author.hard
                else f"the floor {python_text(author.floor)} is declared here, so no other can be tried",
                place=author.place,
                hint="remove it first: `pyo3-features migrate` does that",
            )
    if base.delegate == DelegateName.MATURIN and importlib.util.find_spec("maturin") is None:
        raise DelegateError(
            "maturin is not installed, but a floor counts only if the built module imports",
            hint="python -m pip install maturin",
        )


@contextmanager
def _scratch() -> Iterator[Path]:
    """A temporary folder that is removed afterwards, even if the user presses Ctrl-C twice."""
    folder = Path(tempfile.mkdtemp(prefix="pyo3-features-probe-"))
    try:
        yield folder
    finally:
        main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
        try:
            shutil.rmtree(folder)
        finally:
            if main:
                signal.signal(signal.SIGINT, before)
