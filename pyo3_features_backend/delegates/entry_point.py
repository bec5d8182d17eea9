"""What setuptools loads in every build of an environment that this backend is installed in.

The hook does nothing unless a build of ours is under way in this very process (``active``), so it imports nothing:
whatever it cost would be paid by other people's builds. Its ``order`` puts it after setuptools-rust's, which fills
``dist.rust_extensions`` (setuptools documentation, "Customizing Distribution Options").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

active: Callable[[Any], None] | None = None


def finalize(distribution: Any) -> None:
    """Hand the distribution to the build that is under way, if there is one."""
    if active is not None:
        active(distribution)


finalize.order = 1000  # type: ignore[attr-defined]
