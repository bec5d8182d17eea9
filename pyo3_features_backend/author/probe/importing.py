"""Whether a built module imports, in a separate process, on an installed Python."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ...errors import BackendError, TargetError
from ...facts.interpreter import of_executable
from ...model.target import Target
from ...model.version import Python, python_text
from ...verify import importing
from .diagnostics import Failure

_NEWEST = 20  # the minor version up to which PATH is searched


class Import(NamedTuple):
    """``works`` is None if it could not be tried; ``note`` says on which Python it was, or why it was not."""

    works: bool | None
    note: str
    failure: Failure | None = None


def suits(target: Target, floor: Python, *, threaded: bool = False) -> bool:
    """Whether ``target`` can be run here and imports stable-ABI modules of ``floor``; ``threaded`` for abi3t (PEP 803:
    with and without the GIL).
    """
    return (
        target.implementation == "cpython"
        and not target.debug
        and (threaded or not target.free_threaded)
        and target.version >= floor
        and target.executable is not None
        and not target.cross_triple
    )


def interpreters(floor: Python, chosen: Target, *, threaded: bool) -> Iterator[Target]:
    """The Pythons that can import a stable-ABI module of ``floor``: the chosen one, then those on PATH."""
    if suits(chosen, floor, threaded=threaded):
        yield chosen
    for minor in range(floor[1], _NEWEST):
        for flavour in ("t", "") if threaded else ("",):
            path = shutil.which(f"python3.{minor}{flavour}")
            try:
                target = of_executable(path) if path else None
            except TargetError:  # pyenv puts commands on PATH for Pythons that are not active
                continue
            if target and suits(target, floor, threaded=threaded):
                yield target


def not_tried(floor: Python) -> Import:
    """The result where no installed Python can import a module of ``floor``."""
    return Import(None, f"import not tried: there is no CPython {python_text(floor)} or newer here")


def imports(wheel: Path, target: Target, modules: Iterable[str]) -> Import:
    """Import every extension module of ``wheel`` under ``target``; ``modules`` have to be among them."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    # With setuptools, optional ones may be missing.
    lacking = [module for module in modules if not importing.extension_files(wheel, module)]
    if lacking or not any(name.endswith(target.suffixes) for name in names):
        what = " and ".join(lacking) or f"an extension module that {target.label} imports"
        return Import(False, "", Failure(f"{wheel.name} does not contain {what}"))
    try:
        importing.imports(wheel, target)
    except BackendError as error:
        missing = re.search(r"ModuleNotFoundError: No module named '([^']+)'", error.message)
        if missing and missing.group(1).split(".")[0] not in {re.split(r"[/.]", name)[0] for name in names}:
            # A missing dependency at run time says nothing about the floor.
            return Import(None, f"import not tried: {missing.group(1)} is not installed for {target.label}")
        return Import(False, "", Failure(error.message))
    return Import(True, target.label)
