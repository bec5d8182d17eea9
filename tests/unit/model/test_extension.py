"""The features of one extension."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.model.arguments import Arguments
from pyo3_features_backend.model.crate import Request
from pyo3_features_backend.model.extension import Extension
from support.targets import HERE, case, cpython, crate


def test_the_projects_features_come_first_and_each_once() -> None:
    found = crate()
    requests = tuple(Request(name, HERE, "a test") for name in ("fast", "pyo3/abi3-py39", "fast"))
    extension = Extension("demo", Path("Cargo.toml"), "Cargo.toml", Arguments(), requests=requests)
    assert extension.features == ["fast", "pyo3/abi3-py39"]
    plan = decide(case(found, cpython(12)).basis, found)
    planned = extension._replace(requests=requests[::2], plan=plan)
    assert planned.features == ["fast", "pyo3/abi3-py39"]
