"""A maturin project of somebody else, with a feature by hand that its module needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from support.files import write

PYPROJECT = """# the build
[build-system]
requires = ["maturin>=1.5,<2"]  # pinned
build-backend = "maturin"

[project]
name = "gated"
version = "1.0"
requires-python = ">=3.8"

[tool.maturin]
features = ["pyo3/extension-module", "limited"]
"""
CARGO = """[package]
name = "gated"
version = "1.0.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
# PyO3
pyo3 = { version = "0.30", default-features = false, features = ["abi3-py39", "macros"] } # ours

[features]
default = ["extension-module"]
extension-module = ["pyo3/extension-module"] # by hand
limited = ["pyo3/abi3"]
"""
# What a migration makes of it.
AFTER_CARGO = (
    CARGO.replace('features = ["abi3-py39", "macros"]', 'features = ["macros"]')
    .replace('"pyo3/extension-module"', "")
    .replace('"pyo3/abi3"', "")
)
# The crate has its module only with the feature that is emptied, and says whether the other one is on.
LIB = """
use pyo3::prelude::*;
#[cfg(feature = "extension-module")]
#[pymodule]
fn gated(module: &Bound<'_, PyModule>) -> PyResult<()> { module.add("LIMITED", cfg!(feature = "limited")) }
"""


def gated(folder: Path) -> Path:
    return write(folder / "gated", {"pyproject.toml": PYPROJECT, "Cargo.toml": CARGO, "src/lib.rs": LIB})


def command(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run migrate without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "migrate", "-C", str(project), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
