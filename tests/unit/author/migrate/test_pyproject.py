"""The tables of pyproject.toml that a migration writes beside [build-system]."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.files import write
from support.gated_project import CARGO, PYPROJECT, command
from support.migrations import migrated, wheels

pytest.importorskip("tomlkit")


def test_conditional_features_become_overrides_that_plan_the_same(project: Path) -> None:
    features = """features = [
    "pyo3/extension-module",
    { feature = "pyo3/abi3-py39", python-version = "<3.11" },
    { feature = "pyo3/abi3-py311", python-version = ">=3.11" },
]"""
    manifest = CARGO.replace('"abi3-py39", ', "").replace('limited = ["pyo3/abi3"]\n', "")
    write(
        project,
        {
            "pyproject.toml": PYPROJECT.replace('features = ["pyo3/extension-module", "limited"]', features),
            "Cargo.toml": manifest,
        },
    )
    now = wheels(command(project, "--diff").stderr)
    assert now[0] == now[1] == ("cp311-abi3" if sys.version_info >= (3, 11) else "cp39-abi3")
    after = migrated(project)["pyproject.toml"]
    assert (
        '[tool.pyo3-features-backend]\nabi3 = "off"\n\n'
        "[[tool.pyo3-features-backend.overrides]]\n"
        'if = { python-version = ">=3.11" }\nabi3 = "3.11"\n\n'
        "[[tool.pyo3-features-backend.overrides]]\n"
        'if = { python-version = "<3.11" }\nabi3 = "3.9"\n\n[tool.uv]'
    ) in after


def test_settings_and_keys_of_the_author_stay(project: Path) -> None:
    own = (
        '\n[tool.uv]\n# watched\ncache-keys = [{ file = "**/*.rs" }, { git = true }] # all\ndev = 1\n'
        '\n[tool.pyo3-features-backend]\nabi3-crate-features = ["other"]\n'
    )
    write(project, {"pyproject.toml": PYPROJECT + own, "Cargo.toml": CARGO + "other = []\n"})
    after = migrated(project)["pyproject.toml"]
    assert after.endswith(
        '\n[tool.uv]\n# watched\ncache-keys = [{ file = "**/*.rs" }, { git = true }, { file = "pyproject.toml" }, '
        '{ file = "Cargo.toml" }] # all\ndev = 1\n\n[tool.pyo3-features-backend]\nabi3-crate-features = ["other"]\n'
    )
