"""Projects for which there is no floor to find: they are told before anything is compiled."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.probe import Progress, probe
from pyo3_features_backend.errors import CrateError, PlanError
from support.files import append, replace


def refused(project: Path) -> str:
    """The message and the hint; no folder for a compile is made."""
    before = sorted(project.rglob("*"))
    target = project.parent / "target"
    with pytest.raises((CrateError, PlanError)) as caught:
        probe(project, None, Progress(), target)
    assert sorted(project.rglob("*")) == before
    assert not target.exists()
    return str(caught.value)


def test_a_floor_that_cargo_cannot_turn_off_leaves_nothing_to_try(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py310"] }')
    message = refused(hello)
    assert "Cargo.toml:11: abi3-py310 is hard-coded here; cargo cannot turn it off" in message
    assert "`pyo3-features migrate` does that" in message


def test_a_floor_that_is_declared_for_other_pythons_is_one_too(hello: Path) -> None:
    conditional = '[{ feature = "pyo3/abi3-py399", python-version = ">=3.99" }]'
    conditional = conditional.replace("399", "315")
    append(hello, "pyproject.toml", f"\n[tool.maturin]\nfeatures = {conditional}\n")
    assert "the floor 3.15 is declared here, so no other can be tried" in refused(hello)


def test_a_crate_without_pyo3_has_no_floor(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', "")
    (hello / "Cargo.lock").unlink()
    assert "Cargo.toml: hello-pyo3 has no extension crate that uses PyO3" in refused(hello)
