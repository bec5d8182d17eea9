"""A build of the migrated project in a copy, and the import of its wheel, before anything is written.

It builds as a front end does (PEP 517): in a new environment with build-system.requires, where this backend is the
running installation, not a release from an index.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...build import requirements
from ...build.gather import Facts
from ...errors import NAME, DelegateError, Place, ProjectError, TargetError
from ...facts import interpreter
from ...facts import project as projects
from ...facts.project import FILE
from ...model.target import Target
from ..probe import importing
from .compare import SCM_VERSION, Side

_HOOK = """
import importlib, json, sys
backend, paths, hook, arguments, answer = json.loads(sys.argv[1])
sys.path[:0] = paths
module, _, attributes = backend.partition(":")
found = importlib.import_module(module)
for name in attributes.split(".") if attributes else ():
    found = getattr(found, name)
result = getattr(found, hook)(*arguments) if hasattr(found, hook) else None
with open(answer, "w", encoding="utf-8") as file:
    json.dump(result, file)
"""
_NOTHING = "nothing was written"


class Trial(NamedTuple):
    """The name of the wheel that was built, and what its import said."""

    wheel: str
    imported: str


def run(root: Path, side: Side, tell: Callable[[str], object]) -> Trial:
    """Build the project in ``root``, a copy, for the Python of the plan ``side``, and import the wheel.

    ``tell`` is called with each step. Raises a :class:`BackendError` that says which step failed.
    """
    facts = side.facts
    target = facts.target if facts else interpreter.running()
    if target.executable is None or target.cross_triple:
        raise TargetError(f"a build needs the interpreter, and {target.label} is not on this machine; {_NOTHING}")
    with tempfile.TemporaryDirectory(prefix="pyo3-features-") as scratch:
        tell("making an environment with what the build requires")
        environment = _Environment(Path(scratch).resolve(), target.executable, root)
        tell("building the migrated project in a copy")
        wheel = environment.build()
        tell(f"importing {wheel.name}")
        return Trial(wheel.name, _imported(wheel, target, facts))


def _imported(wheel: Path, target: Target, facts: Facts | None) -> str:
    if facts is None or facts.crate is None or facts.crate.pyo3 is None:
        return "it has no PyO3 module, so no import was tried"
    modules = [extension.name for extension in facts.extensions if extension.plan and extension.name]
    result = importing.imports(wheel, target, modules)
    if result.failure:
        raise DelegateError(
            f"{wheel.name} was built, but cannot be imported: {result.failure}; {_NOTHING}",
            hint="fix that in the project, or migrate without --build",
        )
    return f"it imports on {result.note}" if result.works else result.note


class _Environment:
    """An environment to build the project ``root`` in, for the interpreter ``python``."""

    def __init__(self, folder: Path, python: str, root: Path) -> None:
        self.folder, self.root = folder, root
        self.system: Mapping[str, Any] = projects.load(root).table["build-system"]
        home = folder / "environment"
        self._call([python, "-m", "venv", str(home)], f"{python} -m venv fails", "install its venv and ensurepip")
        self.python = str(next(home / name for name in ("bin/python", "Scripts/python.exe") if (home / name).exists()))
        self._install([self._own(requirement) for requirement in self.system["requires"]])

    def _own(self, requirement: str) -> str:
        """A requirement; that on this backend as a wheel of the running installation."""
        if requirements.name_of(requirement) != NAME:
            return requirement
        extras = re.search(r"\[[^\]]*\]", requirement)
        return f"{NAME}{extras[0] if extras else ''} @ {_own_wheel(self.folder).as_uri()}"

    def _install(self, names: Sequence[str]) -> None:
        if names:
            command = [self.python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *names]
            self._call(command, "pip cannot install what the build requires", "see build-system.requires")

    def _call(self, command: Sequence[str], what: str, hint: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environ(), cwd=self.folder)
        if done.returncode:
            lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
            errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:]
            raise ProjectError(f"{what}: {' '.join(errors)}; {_NOTHING}", place=Place(FILE), hint=hint)

    def build(self) -> Path:
        """The built wheel."""
        self._install(list(self._hook("get_requires_for_build_wheel") or ()))
        made = self.folder / "dist"
        made.mkdir()
        return made / str(self._hook("build_wheel", str(made)))

    def _hook(self, name: str, *arguments: str) -> Any:
        answer = self.folder / f"{name}.json"
        paths = [str(self.root / folder) for folder in self.system.get("backend-path", ())]
        given = json.dumps([self.system["build-backend"], paths, name, arguments, str(answer)])
        command = [self.python, "-c", _HOOK, given]
        # What the build prints is for the user, as in any build; stdout may be a diff.
        done = subprocess.run(command, cwd=self.root, check=False, env=_environ(), stdout=2)
        if done.returncode or not answer.is_file():
            raise DelegateError(
                f"the migrated project does not build: {name} failed with the output above; {_NOTHING}",
                hint="fix that in the project first, or migrate without --build",
            )
        return json.loads(answer.read_text(encoding="utf-8"))


def _environ() -> dict[str, str]:
    """The environment without what would lead Python elsewhere; the copy has no version control."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    kept.setdefault(SCM_VERSION, "0")
    return kept


def _own_wheel(folder: Path) -> Path:
    """A wheel of the running installation. Raises :class:`ProjectError` if there is none, only source files."""
    try:
        installed = importlib.metadata.distribution(NAME)
    except importlib.metadata.PackageNotFoundError:
        raise ProjectError(
            f"{NAME} is not installed, so no build can use it; {_NOTHING}", hint="install it first"
        ) from None
    package = Path(__file__).parents[2]
    files = {
        file.relative_to(package.parent).as_posix(): file.read_bytes()
        for file in sorted(package.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    info = f"{NAME.replace('-', '_')}-{installed.version}.dist-info"
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: migrate\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    for name in ("METADATA", "entry_points.txt"):
        files[f"{info}/{name}"] = (installed.read_text(name) or "").encode()
    rows = [f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items()]
    files[f"{info}/RECORD"] = "".join([*rows, f"{info}/RECORD,,\n"]).encode()
    wheel = folder / f"{NAME.replace('-', '_')}-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
