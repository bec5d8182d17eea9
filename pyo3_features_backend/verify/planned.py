"""Checks a wheel that has just been built against its plan."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path

from ..errors import VerifyError, render, say
from ..model.plan import Plan
from ..model.words import Severity
from .stable_abi import StableAbi

# Of what an audit finds: what shows that a binary was compiled for another Python than the tag says.
_OF_TAGS = {"PFB301", "PFB310", "PFB312", "PFB314", "PFB320", "PFB321", "PFB322", "PFB331"}


def tags(wheel: Path, plan: Plan) -> None:
    """Check the python and abi tags of ``wheel``, in its name and in WHEEL. Raises :class:`VerifyError`."""
    if plan.wheel is None:
        return
    expected = {(plan.wheel[0], abi) for abi in plan.wheel[1].split(".")}
    with zipfile.ZipFile(wheel) as archive:
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/WHEEL"))
        rows = archive.read(record).decode().splitlines()
    recorded = {tuple(row[5:].strip().split("-")[:2]) for row in rows if row.startswith("Tag:")}
    python, abi = wheel.name[: -len(".whl")].split("-")[-3:-1]
    named = {(p, a) for p in python.split(".") for a in abi.split(".")}
    if recorded != expected or named != expected:
        raise VerifyError(
            f"the plan was {plan.label}, but the wheel is {wheel.name}",
            hint="see `pyo3-features explain`; verify = [] accepts the wheel as it is",
        )


def contents(wheel: Path, abi: StableAbi | None, modules: Collection[str]) -> None:
    """Check the binaries of ``wheel``: that they are for the Python of the tag and, with ``abi``, their symbols.

    ``modules`` are the names, without their packages, of the modules that must have an entry point. Raises
    :class:`VerifyError` for the first error; prints the warnings of a check with ``abi``.
    """
    from .audit import audit

    # A build checks the metadata, which the project declares, before anything is compiled.
    report = audit(wheel, abi, modules, metadata=False)
    for problem in report.problems:
        # Not being able to read a binary does not prove that it is wrong.
        if problem.code == "PFB350" or (problem.severity == Severity.WARNING and abi):
            say(render(Severity.WARNING, f"{wheel.name}: {problem.message}", hint=problem.hint, code=problem.code))
        elif problem.severity == Severity.ERROR and (abi or problem.code in _OF_TAGS):
            raise VerifyError(f"{wheel.name}: {problem.message}", hint=problem.hint, code=problem.code)
