"""A build by a hook of the backend, in a process of its own."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Protocol


class Build(Protocol):
    """Builds the project in a folder with a hook of the backend; a failed build is returned, not raised."""

    def __call__(
        self,
        project: Path,
        hook: str = "build_wheel",
        config: dict[str, str] | None = None,
        backend: str = "pyo3_features_backend",
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        """Run the hook in a process of its own, with ``dist`` beside the project as its directory."""


def hook_code(
    dist: Path, hook: str = "build_wheel", config: dict[str, str] | None = None, backend: str = "pyo3_features_backend"
) -> str:
    """What a front end runs in the project's folder."""
    return f"import {backend} as b; b.{hook}({str(dist)!r}, {config!r})"


def wheel_of(tmp_path: Path, result: subprocess.CompletedProcess[str]) -> Path:
    """The one wheel that a successful build left; it is taken out of the folder for the next."""
    assert result.returncode == 0, result.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    return Path(shutil.move(wheel, tmp_path / wheel.name))
