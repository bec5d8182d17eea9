"""The Pythons of the machine, and what a wheel says under one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def pythons() -> dict[str, str]:
    """The interpreters to run wheels on, ``{"3.9": path}``: pyenv's, and the one that runs the tests."""
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {".".join(path.parent.parent.name.split(".")[:2]): str(path) for path in folder.glob("3.*/bin/python")}
    found[f"{sys.version_info[0]}.{sys.version_info[1]}"] = sys.executable
    return found


def needed(version: str) -> str:
    """The interpreter of a version; where there is none the test is skipped, or fails with PFB_ALL_PYTHONS."""
    found = pythons().get(version)
    if found is None:
        message = f"there is no Python {version} here"
        if os.environ.get("PFB_ALL_PYTHONS"):
            pytest.fail(message)
        pytest.skip(f"not run: {message}")
    return found


def call(python: str, wheel: Path, code: str) -> str:
    """What ``code`` prints under ``python`` with the unpacked ``wheel`` on its path."""
    folder = wheel.with_suffix("")
    if not folder.is_dir():
        shutil.unpack_archive(wheel, folder, "zip")
    result = subprocess.run([python, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()
