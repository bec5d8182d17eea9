"""The command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def module(arguments: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """``python -m`` of a module with its arguments, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def explain(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return module(["pyo3_features_backend", "explain", "--json", *arguments], project, **environment)
