"""A crate with a build script, and what is found in it."""

from __future__ import annotations

import re
from pathlib import Path

from pyo3_features_backend.author.checks import announced
from pyo3_features_backend.model.problem import Problem

CRATE = '[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n'
OTHER = 'println!("cargo:rerun-if-changed=build.rs");'  # something is announced: the package is not looked at


def findings(root: Path) -> list[Problem]:
    return list(announced.check(root, [root / "Cargo.toml"]))


def lines(problem: Problem) -> list[str]:
    """The lines that a hint names."""
    return re.findall(r"`(println!\(.*?\);)`", problem.hint or "")
