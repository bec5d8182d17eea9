"""Projects of others made projects with this backend, from start to end."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.backend import requirement
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import toml
from pyo3_features_backend.facts.cross import of_version
from pyo3_features_backend.facts.interpreter import running
from support.files import write
from support.gated_project import AFTER_CARGO, PYPROJECT
from support.migrations import MIXED, SETUP, SETUPTOOLS, migrated

pytest.importorskip("tomlkit")


def test_a_project_without_pyproject_gets_one_with_what_its_setup_py_imports(tmp_path: Path) -> None:
    more = '    name="mixed", python_requires=">=3.10", setup_requires=["cffi", "setuptools-rust"],\n    options'
    text = "import helper\n" + SETUP.replace("    options", more)
    write(tmp_path, {"setup.py": text, "helper.py": "", "Cargo.toml": MIXED, "src/lib.rs": ""})
    found = migrate.prepare(tmp_path)
    (pyproject,) = [change for change in found.changes if change.shown == "pyproject.toml"]
    assert pyproject.after.startswith(
        f'[build-system]\nrequires = ["{requirement("setuptools-rust")}", "cffi"]\n'
        'build-backend = "pyo3_features_backend"\n\n'
    )
    assert (
        '[tool.uv]\ncache-keys = [\n    { file = "pyproject.toml" },\n    { file = "setup.py" },\n' in pyproject.after
    )
    assert "--- /dev/null\n+++ b/pyproject.toml" in "".join(pyproject.diff())
    # Until that line is mended, setup.py cannot be run as a declared backend runs it.
    assert [str(note.place) for note in found.notes] == ["setup.py:1"]
    assert found.then.error is not None
    write(tmp_path, {"setup.py": text.replace("import helper\n", "")})
    assert migrate.prepare(tmp_path, of_version("3.12", "CPython", running())).then.wheel == "cp310-abi3"


def test_a_workspace_with_a_shared_pyo3_and_a_crate_below(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pyproject.toml": PYPROJECT.replace('features = ["pyo3/extension-module", "limited"]', "")
            + 'manifest-path = "crates/py/Cargo.toml"\n',
            "Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n[workspace.dependencies]\n'
            'pyo3 = { version = "0.30", features = ["abi3-py311", "extension-module"] } # all\n',
            "crates/py/Cargo.toml": MIXED.replace('pyo3 = "0.30"', "pyo3.workspace = true\n[dependencies.below]")
            .replace("[features]", 'path = "../below"\n[features]')
            .replace("mixed", "py"),
            "crates/py/src/lib.rs": "",
            "crates/below/Cargo.toml": '[package]\nname = "below"\nversion = "1.0.0"\n[dependencies]\n'
            'pyo3 = { workspace = true, features = ["abi3"] }\n',
            "crates/below/src/lib.rs": "",
        },
    )
    after = migrated(tmp_path)
    assert after["Cargo.toml"].endswith('pyo3 = { version = "0.30" } # all\n')
    assert after["crates/below/Cargo.toml"].endswith("pyo3 = { workspace = true }\n")
    assert "pyo3.workspace = true\n" in after["crates/py/Cargo.toml"]
    tables = toml.parse(after["pyproject.toml"])["tool"]
    assert tables["pyo3-features-backend"] == {"abi3": "3.11"}
    assert [key["file"] for key in tables["uv"]["cache-keys"]] == [
        "pyproject.toml",
        "crates/py/Cargo.toml",
        "crates/py/src/**/*.rs",
        "crates/below/Cargo.toml",
        "crates/below/src/**/*.rs",
        "Cargo.toml",
    ]


def test_a_crate_beside_the_project_is_edited_where_it_is(project: Path) -> None:
    below = project / "python"
    write(below, {"pyproject.toml": PYPROJECT + 'manifest-path = "../Cargo.toml"\n'})
    (project / "pyproject.toml").unlink()
    found = migrate.prepare(below)
    assert [(change.shown, change.path) for change in found.changes] == [
        ("../Cargo.toml", project / "Cargo.toml"),
        ("pyproject.toml", below / "pyproject.toml"),
    ]
    assert found.changes[0].after == AFTER_CARGO
    assert found.then.wheel == "cp39-abi3"
    assert toml.parse(found.changes[1].after)["tool"]["pyo3-features-backend"] == {"abi3-crate-features": ["limited"]}


def test_a_setup_py_that_is_not_python_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": "setup(\n", "Cargo.toml": MIXED, "src/lib.rs": ""})
    with pytest.raises(ProjectError) as broken:
        migrate.prepare(tmp_path)
    assert str(broken.value.place) == "setup.py:1"
