"""A setuptools project of somebody else, what a migration makes of one, and what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pyo3_features_backend.author import migrate

OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"
SETUPTOOLS = """[build-system]
requires = ["setuptools>=60", "wheel"]
build-backend = "setuptools.build_meta"
[project]
name = "mixed"
version = "1"
requires-python = ">=3.8"
[tool.maturin]
bindings = "pyo3"
"""
SETUP = """from setuptools import setup
from setuptools_rust import RustExtension
setup(
    rust_extensions=[
        RustExtension("mixed", features=["limited", "module", "fast"], py_limited_api=True),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp310"}},
)
"""
MIXED = """[package]
name = "mixed"
version = "1.0.0"
edition = "2021"
[lib]
crate-type = ["cdylib"]
[dependencies]
pyo3 = "0.30"
[features]
limited = ["pyo3/abi3-py310"]
module = ["pyo3/extension-module"]
fast = ["module"]
"""


def migrated(root: Path) -> dict[str, str]:
    """What the files become, by name; and a second time there is nothing to do."""
    found = migrate.prepare(root)
    for change in found.changes:
        change.path.write_bytes(change.after.encode())
    assert migrate.prepare(root).changes == ()
    return {change.shown: change.after for change in found.changes}


def wheels(said: str) -> list[str]:
    """The wheel before and after, of what the command says."""
    (row,) = [row for row in said.splitlines() if row.startswith("  wheel ")]
    return row.split()[1:]


def git(project: Path, *words: str) -> None:
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True, env={**os.environ, **names})
