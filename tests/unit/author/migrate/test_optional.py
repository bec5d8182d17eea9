"""An optional PyO3 stays on, whatever the feature was that turned it on."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.migrate import optional
from pyo3_features_backend.author.sources import manifests
from pyo3_features_backend.errors import ProjectError
from support.files import write
from support.gated_project import CARGO, LIB, PYPROJECT
from support.migrations import SETUP, SETUPTOOLS, migrated

pytest.importorskip("tomlkit")

DEPENDENCY = next(line for line in CARGO.splitlines() if line.startswith("pyo3 = "))
HEAD = CARGO.partition("[features]")[0].replace(DEPENDENCY, 'pyo3 = { version = "0.30", optional = true }')


def project(root: Path, features: str, of_maturin: str) -> Path:
    settings = PYPROJECT.replace('["pyo3/extension-module", "limited"]', of_maturin)
    files = {"pyproject.toml": settings, "Cargo.toml": f"{HEAD}[features]\n{features}", "src/lib.rs": LIB}
    return write(root, files)


@pytest.mark.parametrize(
    ("features", "after"),
    [
        ('python = ["pyo3/extension-module"]\n', 'python = ["pyo3"]\n'),
        ('python = ["pyo3/extension-module", "pyo3/abi3-py39"]\n', 'python = ["pyo3"]\n'),
        ('python = ["dep:pyo3", "pyo3/extension-module"]\n', 'python = ["dep:pyo3"]\n'),
        ('python = ["x", "pyo3/abi3"]\nx = ["dep:pyo3"]\n', 'python = ["x", "dep:pyo3"]\nx = ["dep:pyo3"]\n'),
        ('python = ["dep:pyo3", "pyo3?/abi3"]\n', 'python = ["dep:pyo3"]\n'),
    ],
)
def test_a_feature_that_turns_it_on_still_does_and_is_on(features: str, after: str, tmp_path: Path) -> None:
    changed = migrated(project(tmp_path, features, '["python"]'))
    assert changed["Cargo.toml"].endswith(f"[features]\n{after}")
    assert 'features = ["python"]' in changed["pyproject.toml"]


def test_the_build_names_it_where_it_named_one_of_its_features(tmp_path: Path) -> None:
    changed = migrated(project(tmp_path, "", '["pyo3/abi3-py39", "pyo3/extension-module"]'))
    assert 'features = ["pyo3"]' in changed["pyproject.toml"]
    changed = migrated(project(tmp_path / "on", 'python = ["dep:pyo3"]\n', '["python", "pyo3/abi3-py39"]'))
    assert 'features = ["python"]' in changed["pyproject.toml"]


def test_an_optional_pyo3_of_another_crate_is_not_the_builds(tmp_path: Path) -> None:
    root = project(tmp_path, "", '["pyo3/extension-module"]')
    inner = (
        '[package]\nname = "inner"\nversion = "0.1.0"\n\n[dependencies]\npyo3 = { version = "0.30", optional = true }\n'
    )
    write(root, {"inner/Cargo.toml": f'{inner}\n[features]\npython = ["dep:pyo3"]\n', "inner/src/lib.rs": ""})
    needed = f'{DEPENDENCY}\ninner = {{ path = "inner", features = ["python"] }}'
    (root / "Cargo.toml").write_text(CARGO.partition("[features]")[0].replace(DEPENDENCY, needed))
    changed = migrated(root)
    assert "extension-module" not in changed["pyproject.toml"]


def test_where_nothing_can_be_written_for_it_the_line_is_refused(tmp_path: Path) -> None:
    root = project(tmp_path, 'python = ["dep:pyo3"]\n', '["pyo3/abi3-py39"]')
    with pytest.raises(ProjectError, match="also turns on pyo3") as refused:
        migrate.prepare(root)
    assert str(refused.value.place) == "pyproject.toml:12"
    manifest = f"{HEAD}[features]\nlimited = []\nmodule = []\nfast = []\n".replace("gated", "mixed")
    setup = SETUP.replace('"limited"', '"pyo3/abi3"')
    write(tmp_path / "s", {"pyproject.toml": SETUPTOOLS, "setup.py": setup, "Cargo.toml": manifest, "src/lib.rs": LIB})
    with pytest.raises(ProjectError, match="also turns on pyo3") as refused:
        migrate.prepare(tmp_path / "s")
    assert str(refused.value.place) == "setup.py:5"


def test_what_is_on_is_what_cargo_turns_on(tmp_path: Path) -> None:
    root = project(tmp_path, 'a = ["b"]\nb = ["pyo3/macros", "a"]\nc = ["pyo3?/macros"]\n', "[]")
    (crate,) = manifests.read_all(root, [root / "Cargo.toml"])
    assert [optional.is_on(crate, [name], "pyo3") for name in ("a", "b", "c", "pyo3", "none")] == [1, 1, 0, 1, 0]
    assert [optional.turned_on_by(crate, entry) for entry in ("pyo3/x", "pyo3?/x", "x", "y/x")] == ["pyo3", *[None] * 3]
    assert [optional.is_needed(crate, name) for name in "abc"] == [False, True, False]
