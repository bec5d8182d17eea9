"""Packages that only some verbs need. The extra `cli` installs them; builds do not."""

from __future__ import annotations

import importlib
from typing import Any

from ..errors import NAME, BackendError


def needed(module: str, name: str, what: str) -> Any:
    """The ``module`` of the package ``name``, which ``what`` needs. Raises :class:`BackendError` if it is missing."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise BackendError(f"{what} needs {name}", hint=f"python -m pip install '{NAME}[cli]'") from None
