"""This backend as a project names it in ``[build-system]``."""

from __future__ import annotations

import re
from pathlib import Path

from .. import __version__
from ..build.requirements import delegate_of, required
from ..errors import NAME, Place
from ..facts.project import Project
from ..model.words import DelegateName

BACKEND = "pyo3_features_backend"  # build-backend
# The modules of the delegates' own hooks (their documentation, "build-backend").
_DELEGATES = {"maturin": DelegateName.MATURIN, "setuptools": DelegateName.SETUPTOOLS_RUST}
_DEFAULT = "setuptools.build_meta:__legacy__"  # where there is no build-backend (PEP 517)


def named(project: Project) -> str:
    """The project's build-backend."""
    return str(project.table.get("build-system", {}).get("build-backend", _DEFAULT))


def planner_alone(project: Project) -> DelegateName | None:
    """The delegate that builds a project by its own hooks, with this package as the planner alone.

    None where this backend builds it, or is meant to (``requires`` names it), and where what compiles is not known. A
    backend of the project's own (``backend-path``) is taken for one that calls the delegate in ``requires``. Raises
    :class:`ProjectError` where ``requires`` names two of them.
    """
    names = required(project)
    if named(project) == BACKEND or NAME in names:
        return None
    module = re.split(r"[.:]", named(project))[0]
    if module not in _DELEGATES and not names & set(DelegateName):
        return None
    return _DELEGATES.get(module) or delegate_of(project, None)


def bounds(version: str = __version__) -> str:
    """The version bounds for a requirement on a release of this backend: up to the next one that may break.

    Semantic versioning: before 1.0 that is the next minor version, from 1.0 on the next major one. A pre-release is
    below its own ``X.Y``, so it is named in full.
    """
    match = re.match(r"(\d+)\.(\d+)(?:\.\d+)*$", version)
    major, minor = (int(number) for number in re.findall(r"\d+", version)[:2])
    below = f"{major + 1}" if major else f"0.{minor + 1}"
    return f">={f'{major}.{minor}' if match else version},<{below}"


def requirement(extra: str = "") -> str:
    """The requirement on this backend, with an ``extra`` of it."""
    return f"{NAME}{f'[{extra}]' if extra else ''}{bounds()}"


def imported(project: Project) -> dict[str, Place]:
    """Which backends the build backend in the project itself (``backend-path``) imports, each at its first line."""
    found: dict[str, Place] = {}
    for folder in project.table["build-system"]["backend-path"]:
        for file in sorted(Path(project.root, str(folder)).rglob("*.py")):
            text = file.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                named = re.match(rf"\s*(?:from|import)\s+({BACKEND}|setuptools|maturin)\b", line)
                if named:
                    found.setdefault(named[1], Place(file.relative_to(project.root).as_posix(), number))
    return found
