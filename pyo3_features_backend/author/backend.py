"""This backend as a project names it in ``[build-system]``."""

from __future__ import annotations

import re

from .. import __version__
from ..errors import NAME

BACKEND = "pyo3_features_backend"  # build-backend


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
