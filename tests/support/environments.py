"""New environments with this backend, one for each build, as front ends make them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pyo3_features_backend

from .files import put

PACKAGE = Path(pyo3_features_backend.__file__).parent
# What is loaded before bytecode can be found, as the package's files.
BEFORE = {"__init__", "model/__init__", "model/machine", "rebuild/__init__", "rebuild/bytecode"}
BEFORE |= {"rebuild/user_folder"}
HOOK = """\
import importlib.machinery, json, sys
compiled, loader = [], importlib.machinery.SourceFileLoader
compile_source = loader.source_to_code
def noted(self, data, path, *more, **named):
    compiled.append(path)
    return compile_source(self, data, path, *more, **named)
loader.source_to_code = noted
import pyo3_features_backend as backend
answer = eval("backend." + sys.argv[1])
print(json.dumps([answer, compiled]))
"""


class Environments(NamedTuple):
    """Makes environments with this backend, one for each build, as front ends do."""

    folder: Path
    numbers: itertools.count[int]

    def make(self) -> Path:
        """A new one, in which Python has compiled nothing."""
        made = self.folder / f"environment-{next(self.numbers)}"
        shutil.copytree(PACKAGE, made / "pyo3_features_backend", ignore=shutil.ignore_patterns("__pycache__"))
        return made

    def run(
        self, made: Path | None = None, call: str = "get_requires_for_build_wheel()", **more: str
    ) -> subprocess.CompletedProcess[str]:
        """Call a hook in an environment, or in a new one."""
        made = made or self.make()
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environ |= {"PYTHONPATH": str(made), "CI": "", **more}
        words = [sys.executable, "-c", HOOK, call]
        return subprocess.run(words, cwd=self.folder, env=environ, capture_output=True, text=True, check=False)

    def hook(
        self, made: Path | None = None, call: str = "get_requires_for_build_wheel()", **more: str
    ) -> tuple[list[str], set[str]]:
        """What a hook answers, and the modules that Python compiled for it."""
        done = self.run(made, call, **more)
        assert done.returncode == 0, done.stderr
        answer, compiled = json.loads(done.stdout.splitlines()[-1])
        paths = [path.replace(os.sep, "/").partition("/pyo3_features_backend/") for path in compiled]
        return answer, {inside.removesuffix(".py") for _, found, inside in paths if found}


def in_project(folder: Path) -> Environments:
    """Environments for the builds of a project that is made in ``folder``."""
    put(folder / "pyproject.toml", '[build-system]\nrequires = ["pyo3-features-backend"]\n')
    return Environments(folder, itertools.count())


def archive(cache: Path) -> Path:
    (found,) = (cache / "bytecode").iterdir()
    return found
