"""Imports the extension modules of a built wheel."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

from ..errors import VerifyError
from ..model.target import Target

_IMPORT = """
import importlib.machinery, importlib.util, sys
folder, name, path = sys.argv[1:]
sys.path.insert(0, folder)
spec = importlib.util.spec_from_file_location(name, path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
"""


def extension_files(wheel: Path, module: str) -> list[str]:
    """The files in ``wheel`` that the import system could load as the extension ``module`` (a dotted name)."""
    stem = module.replace(".", "/") + "."
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    return [name for name in names if name.startswith(stem) and name.endswith((".so", ".pyd"))]


def imports(wheel: Path, target: Target) -> None:
    """Import each extension module of ``wheel`` in a child process. Raises :class:`VerifyError`."""
    if target.executable is None or target.cross_triple:
        return
    import tempfile

    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        for name in archive.namelist():
            suffix = next((ending for ending in target.suffixes if name.endswith(ending)), None)
            if suffix is None or ".libs/" in name or ".data/" in name:
                continue
            module = name[: -len(suffix)].replace("/", ".")
            result = subprocess.run(
                [target.executable or sys.executable, "-I", "-c", _IMPORT, folder, module, str(Path(folder, name))],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            if result.returncode:
                last = (result.stderr.strip().splitlines() or [f"exit status {result.returncode}"])[-1]
                raise VerifyError(
                    f"{name} in {wheel.name} does not import: {last}",
                    hint=_remedy(last, module),
                )


def _remedy(error: str, module: str) -> str:
    """The hint for an ``error`` that the import of ``module`` gives; its users would see the same error."""
    if "PyInit_" in error:
        name = module.rpartition(".")[2]
        return f'rename the #[pymodule] to {name}, or write #[pyo3(name = "{name}")] below it'
    if missing := re.search(r"No module named '([^']+)'", error):
        return f"the module imports it: add it to build-system.requires, so that the check finds {missing.group(1)}"
    if "undefined symbol" in error or "symbol not found" in error:
        return "a library that has the symbol is not linked; the build script of the crate says what to link"
    return f'run `python -c "import {module}"` with the wheel installed: the traceback shows where it fails'
