"""The command, in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


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


def as_user(words: list[str]) -> list[str]:
    """The words of a call to which, even for root, a folder that is not writable or not readable is not."""
    if os.name == "nt" or os.geteuid():
        return words
    if not shutil.which("setpriv"):
        pytest.skip("not run: setpriv is needed, because root reads and writes anywhere")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *words]


def explain(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return module(["pyo3_features_backend", "explain", "--json", *arguments], project, **environment)
