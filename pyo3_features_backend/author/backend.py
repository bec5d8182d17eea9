"""This backend as a project names it in ``[build-system]``."""

from __future__ import annotations

import re
from pathlib import Path

from .. import __version__
from ..errors import NAME, Place
from ..facts.project import Project

BACKEND = "pyo3_features_backend"  # build-backend


def bounds(version: str = __version__) -> str:
    """The bounds that a project writes for a release of this backend: from it to before the next one that may break.

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
