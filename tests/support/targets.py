"""Targets and crates as plain values, for decisions that ask no machine."""

from __future__ import annotations

from typing import Any

from pyo3_features_backend.decide import pyo3
from pyo3_features_backend.decide.case import Basis, Case
from pyo3_features_backend.decide.features import FEATURES
from pyo3_features_backend.errors import Place
from pyo3_features_backend.facts.cross import of_version
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.crate import Crate, PyO3
from pyo3_features_backend.model.problem import Problems
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target
from pyo3_features_backend.model.version import version_tuple

HERE = Place("Cargo.toml", 9)


def cpython(minor: int, flags: str = "", **more: Any) -> Target:
    return Target(
        "cpython",
        (3, minor),
        f"3.{minor}.0",
        (3, minor),
        "t" in flags,
        "d" in flags,
        flags,
        "linux-x86_64",
        "linux",
        64,
        True,
        "",
        (".so",),
        None,
        None,
        **more,
    )


def cpython_here(version: str) -> Target:
    """A CPython of a version (``3.12``) as it would be on this machine."""
    return of_version(version, "CPython", running())


def crate(version: str = "0.30.1", *on: str, key: str = "pyo3", direct: bool = True, library: bool = True) -> Crate:
    numbers = version_tuple(version)
    known = {
        name
        for name, (first, last) in FEATURES.items()
        if version_tuple(first) <= numbers and (last is None or numbers <= version_tuple(last))
    }
    found = PyO3("pyo3", key, direct, version, frozenset(known), frozenset(on), None, HERE)
    return Crate("demo", "Cargo.toml", library, frozenset({"abi"}), found)


def case(found: Crate, target: Target, settings: Settings | None = None, rustc: str = "1.95.0") -> Case:
    """What the parts of a decision see of one crate."""
    assert found.pyo3
    settings = settings or Settings()
    basis = Basis(settings, target, rustc, ">=3.9", (3, 9))
    return Case(basis, found, found.pyo3, pyo3.release_of(found.pyo3.version), Problems(settings))
