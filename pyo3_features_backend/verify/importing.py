"""Imports the extension modules of a built wheel."""

from __future__ import annotations

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
                    hint='verify = ["tags"] builds without this check',
                )
