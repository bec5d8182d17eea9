"""The entry point that setuptools loads in every build of an environment in which this backend is installed.

It does nothing unless this process runs a build of this backend (``active``). It imports nothing, because that would
slow down all other builds. ``order`` puts it after the entry point of setuptools-rust, which fills
``dist.rust_extensions`` (setuptools documentation, "Customizing Distribution Options").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

active: Callable[[Any], None] | None = None


def finalize(distribution: Any) -> None:
    """Pass the distribution to the running build of this backend, if there is one."""
    if active is not None:
        active(distribution)


finalize.order = 1000  # type: ignore[attr-defined]
