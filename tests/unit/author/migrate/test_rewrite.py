"""What the files of a project become, and what is left to its author."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.backend import requirement
from pyo3_features_backend.facts import toml
from support.files import write
from support.gated_project import CARGO, PYPROJECT
from support.migrations import MIXED, OWN, SETUP, SETUPTOOLS, migrated

pytest.importorskip("tomlkit")


def test_a_setuptools_project_with_its_declarations_in_setup_py(tmp_path: Path) -> None:
    lib = '#[cfg(feature = "limited")] fn f() {}'
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": SETUP, "Cargo.toml": MIXED, "src/lib.rs": lib})
    after = migrated(tmp_path)
    found = toml.parse(after["pyproject.toml"])
    assert found["build-system"] == {
        "requires": [requirement("setuptools-rust"), "setuptools>=60", "wheel"],
        "build-backend": "pyo3_features_backend",
    }
    assert found["tool"]["pyo3-features-backend"] == {"abi3": "3.10", "abi3-crate-features": ["limited"]}
    assert [key["file"] for key in found["tool"]["uv"]["cache-keys"]][:2] == ["pyproject.toml", "setup.py"]
    assert after["setup.py"] == SETUP.replace(
        'features=["limited", "module", "fast"], py_limited_api=True', 'features=["fast"]'
    ).replace('    options={"bdist_wheel": {"py_limited_api": "cp310"}},\n', "")
    assert toml.parse(after["Cargo.toml"])["features"] == {"limited": [], "module": [], "fast": ["module"]}


@pytest.mark.parametrize(("lib", "left"), [("", False), ('#[cfg(feature = "module")] fn f() {}', True)])
def test_a_use_of_an_emptied_feature_stays_only_where_the_feature_gates_code(
    lib: str, left: bool, project: Path
) -> None:
    pyproject = PYPROJECT.replace('"pyo3/extension-module", "limited"', '"module", "other"')
    manifest = CARGO.partition("[features]")[0] + '[features]\nmodule = ["pyo3/extension-module"]\nother = ["module"]\n'
    write(project, {"pyproject.toml": pyproject, "Cargo.toml": manifest, "src/lib.rs": lib})
    found = toml.parse(migrated(project)["pyproject.toml"])
    assert found["tool"]["maturin"]["features"] == (["module", "other"] if left else ["other"])


def test_the_floor_of_setup_cfg_and_of_the_distutils_table_becomes_ours(tmp_path: Path) -> None:
    table = '\n[tool.distutils.bdist_wheel]\npy-limited-api = "cp310"\n'
    manifest = MIXED.partition("[features]")[0]
    files = {"pyproject.toml": SETUPTOOLS + table, "Cargo.toml": manifest, "src/lib.rs": ""}
    files["setup.cfg"] = "[metadata]\nurl = x\n\n[bdist_wheel]\npy_limited_api = cp310\n"
    files["setup.py"] = SETUP.replace('features=["limited", "module", "fast"], py_limited_api=True', "debug=False")
    files["setup.py"] = files["setup.py"].replace('options={"bdist_wheel": {"py_limited_api": "cp310"}},', "")
    write(tmp_path, files)
    after = migrated(tmp_path)
    found = toml.parse(after["pyproject.toml"])["tool"]
    assert found["pyo3-features-backend"] == {"abi3": "3.10"}
    assert "distutils" not in found
    assert after["setup.cfg"] == "[metadata]\nurl = x\n"
    assert set(after) == {"pyproject.toml", "setup.cfg"}


def test_what_setup_py_computes_is_left_to_the_author_with_its_line(tmp_path: Path) -> None:
    text = SETUP.replace('features=["limited", "module", "fast"], py_limited_api=True', "features=FEATURES")
    text = text.replace("setup(\n", 'FEATURES = ["pyo3/abi3-py310"]\nWHEEL = {"py_limited_api": "cp310"}\nsetup(\n')
    text = text.replace('options={"bdist_wheel": {"py_limited_api": "cp310"}}', 'options={"bdist_wheel": WHEEL}')
    files = {"pyproject.toml": SETUPTOOLS, "setup.py": text, "Cargo.toml": MIXED, "src/lib.rs": ""}
    write(tmp_path, files)
    found = migrate.prepare(tmp_path)
    assert [str(note.place) for note in found.notes] == ["setup.py:3", "setup.py:4"]
    assert "setup.py" not in [change.shown for change in found.changes]
    (pyproject,) = [change.after for change in found.changes if change.shown == "pyproject.toml"]
    assert toml.parse(pyproject)["tool"]["pyo3-features-backend"] == {"abi3": "3.10"}


def test_py_limited_api_of_a_wheel_without_pyo3_is_not_ours(tmp_path: Path) -> None:
    manifest = MIXED.partition("[dependencies]")[0]
    text = SETUP.replace('features=["limited", "module", "fast"], ', "binding=Binding.NoBinding, ")
    text = text.replace("import RustExtension", "import Binding, RustExtension")
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": text, "Cargo.toml": manifest, "src/lib.rs": ""})
    after = migrated(tmp_path)
    assert list(after) == ["pyproject.toml"]
    assert "pyo3-features-backend" not in toml.parse(after["pyproject.toml"])["tool"]


def test_a_floor_that_a_c_extension_makes_void_is_not_carried_over(tmp_path: Path) -> None:
    text = SETUP.replace('features=["limited", "module", "fast"], py_limited_api=True', "")
    text = text.replace('options={"bdist_wheel": {"py_limited_api": "cp310"}}', 'ext_modules=[Extension("c", ["c.c"])]')
    text = text.replace("import setup", "import Extension, setup")
    manifest = MIXED.partition("[features]")[0].replace('"0.30"', '{ version = "0.30", features = ["abi3-py310"] }')
    write(tmp_path, {"pyproject.toml": SETUPTOOLS, "setup.py": text, "Cargo.toml": manifest, "src/lib.rs": ""})
    found = migrate.prepare(tmp_path)
    assert found.then.facts is not None
    # requires-python is below what the floor of PyO3 is, where newer Pythons than 3.9 are asked; none is of the floor
    # that was given by hand.
    expected = [("PFB131", "warning")] if sys.version_info >= (3, 10) else []
    assert [(problem.code, problem.severity) for problem in found.then.facts.plan.problems] == expected
    assert found.now.wheel == found.then.wheel == f"{OWN}-{OWN}"
    migrated(tmp_path)
