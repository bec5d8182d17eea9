"""The command's completion, and its words in the way of each shell."""

from __future__ import annotations

import argparse
import shutil
import subprocess
from pathlib import Path

import pytest

from pyo3_features_backend import cli
from pyo3_features_backend.cli.completion import text


def parsers() -> argparse.ArgumentParser:
    return cli.parsers(cli.VERBS)[0]


def written(folder: Path, shell: str) -> Path:
    """The script in a file."""
    file = folder / f"completion.{shell}"
    file.write_text(text(shell), encoding="utf-8")
    return file


def run(shell: str, *arguments: str) -> str:
    """What a shell prints; the test is skipped where it is not installed."""
    if shutil.which(shell) is None:
        pytest.skip(f"not run: {shell} is not installed")
    result = subprocess.run([shell, *arguments], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout
