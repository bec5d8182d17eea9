"""Each PyO3 feature on a real build, and the promise of each floor on the real Pythons."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.examples import example
from support.pythons import call, pythons

pytestmark = pytest.mark.build

PROJECT = """[build-system]
requires = ["pyo3-features-backend"]
build-backend = "pyo3_features_backend"

[project]
name = "{name}"
version = "0.1.0"
requires-python = ">=3.9"

[tool.pyo3-features-backend]
verify = ["tags", "import"]
"""

RAW = """use pyo3::ffi::*;
use std::ptr::{null, null_mut};

static mut DEFINITION: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"plain".as_ptr(),
    m_doc: null(),
    m_size: 0,
    m_methods: null_mut(),
    m_slots: null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

#[no_mangle]
pub unsafe extern "C" fn PyInit_plain() -> *mut PyObject { PyModule_Create(&raw mut DEFINITION) }
"""
WITH_MACRO = """use pyo3::prelude::*;
#[pymodule]
fn plain(_module: &Bound<'_, PyModule>) -> PyResult<()> { Ok(()) }
"""


def crate(folder: Path, name: str, source: str, dependency: str = '"0.30"', table: str = "") -> Path:
    (folder / name / "src").mkdir(parents=True)
    root = folder / name
    (root / "pyproject.toml").write_text(PROJECT.format(name=name) + table)
    (root / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\ncrate-type = ["cdylib"]\n\n'
        f"[dependencies]\npyo3 = {dependency}\n"
    )
    (root / "src" / "lib.rs").write_text(source)
    return root


@pytest.mark.parametrize("floor", ["3.6", "3.7", "3.8", "3.9"])
def test_old_floors_import_on_every_python_from_the_floor_up(build: Build, tmp_path: Path, floor: str) -> None:
    project = example("legacy", tmp_path)
    wheel = wheel_of(tmp_path, build(project, PYO3_FEATURES_BACKEND_ABI3=floor))
    assert f"-cp{floor.replace('.', '')}-abi3-" in wheel.name
    ran = []
    for version, python in pythons().items():
        if tuple(map(int, version.split("."))) >= tuple(map(int, floor.split("."))):
            assert call(python, wheel, "import legacy; print(legacy.double(21))") == "42"
            ran.append(version)
    assert ran


@pytest.mark.parametrize("floor", ["3.9", "3.10", "3.11", "3.12", "3.13", "current"])
def test_new_floors_import_on_every_python_from_the_floor_up(build: Build, tmp_path: Path, floor: str) -> None:
    ours = pythons()
    running = next(version for version, path in ours.items() if path == sys.executable)
    result = build(example("hello", tmp_path), PYO3_FEATURES_BACKEND_ABI3=floor)
    wheel = wheel_of(tmp_path, result)
    wanted = running if floor == "current" else floor
    pair = tuple(map(int, wanted.split(".")))
    digits = "cp" + wanted.replace(".", "")
    if tuple(map(int, running.split("."))) < pair:
        own = "cp" + running.replace(".", "")
        assert f"-{own}-{own}-" in wheel.name
        return
    assert f"-{digits}-abi3-" in wheel.name
    for version, python in ours.items():
        if tuple(map(int, version.split("."))) >= pair:
            said = call(python, wheel, "import hello_pyo3; print(hello_pyo3.greet('you'))")
            assert said == "Hello, you, from Rust"


def test_the_conversions_go_both_ways(build: Build, tmp_path: Path) -> None:
    result = build(example("conversions", tmp_path))
    wheel = wheel_of(tmp_path, result)
    for feature in ("hashbrown", "indexmap", "num-bigint", "num-complex", "serde", "multiple-pymethods"):
        assert f"pyo3/{feature}" in result.stderr
    code = (
        "import conversions as c; print(c.swap({'a': 1}), list(c.reversed({'a': 1, 'b': 2})), c.squared(10**30), "
        "c.turned(1+2j), c.Point(1, 2).sum(), c.to_json(c.from_json(c.to_json(c.Point(3, 4)))))"
    )
    expected = f"{{1: 'a'}} ['b', 'a'] {10**60} (-2+1j) 3 " + '{"x":3,"y":4}'
    for version, python in pythons().items():
        if tuple(map(int, version.split("."))) >= (3, 9):
            assert call(python, wheel, code) == expected


def test_a_program_that_embeds_python_runs(build: Build, tmp_path: Path) -> None:
    result = build(example("embed", tmp_path))
    wheel = wheel_of(tmp_path, result)
    assert "features: pyo3/auto-initialize" in result.stderr
    folder = tmp_path / "unpacked"
    shutil.unpack_archive(wheel, folder, "zip")
    (program,) = folder.glob("*/scripts/embed-python")
    program.chmod(0o755)
    library = subprocess.run(
        [sys.executable, "-c", "import sysconfig, sys; print(sysconfig.get_config_var('LIBDIR'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    ran = subprocess.run(
        [program], capture_output=True, text=True, check=False, env={**os.environ, "LD_LIBRARY_PATH": library}
    )
    assert ran.stdout == "Python says 45\n", ran.stderr


def test_macros_are_off_unless_listed_where_default_features_are_off(build: Build, tmp_path: Path) -> None:
    dependency = '{ version = "0.30", default-features = false }'
    plain = crate(tmp_path / "without", "plain", RAW, dependency)
    wheel_of(tmp_path, build(plain))
    failing = crate(tmp_path / "missing", "plain", WITH_MACRO, dependency)
    failed = build(failing)
    assert failed.returncode == 1
    assert "maturin could not build cp39-abi3\n  help: see the output of maturin and cargo" in failed.stderr
    assert "limited API" not in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not list((tmp_path / "dist").glob("*"))
    wheel = wheel_of(
        tmp_path, build(crate(tmp_path / "with", "plain", WITH_MACRO, dependency, 'features = ["macros"]\n'))
    )
    assert "-cp39-abi3-" in wheel.name


def test_a_wheel_whose_extension_does_not_import_is_refused_and_removed(build: Build, tmp_path: Path) -> None:
    project = crate(tmp_path, "plain", "")
    for verify, message in (
        ("tags,import", "[PFB321]"),
        ("import", "does not import: ImportError: dynamic module does not define module export function"),
    ):
        result = build(project, PYO3_FEATURES_BACKEND_VERIFY=verify)
        assert result.returncode == 1
        assert message in result.stderr
        assert not list((tmp_path / "dist").glob("*"))


def test_nightly_is_refused_on_stable_and_builds_on_nightly(build: Build, tmp_path: Path) -> None:
    project = crate(tmp_path, "plain", WITH_MACRO, table='nightly = "on"\n')
    refused = build(project)
    assert refused.returncode == 1
    assert "needs a nightly toolchain" in refused.stderr
    assert "RUSTUP_TOOLCHAIN=nightly" in refused.stderr
    if subprocess.run(["rustc", "+nightly", "-V"], capture_output=True, check=False).returncode:
        pytest.skip("not run: there is no nightly toolchain here")
    result = build(project, RUSTUP_TOOLCHAIN="nightly")
    wheel_of(tmp_path, result)
    assert "pyo3/nightly" in result.stderr


def test_extension_module_is_a_feature_below_pyo3_0_26(build: Build, tmp_path: Path) -> None:
    result = build(crate(tmp_path, "plain", WITH_MACRO, '"0.25"'))
    wheel = wheel_of(tmp_path, result)
    assert "features: pyo3/abi3-py39 pyo3/extension-module" in result.stderr
    call(pythons()[max(pythons(), key=lambda one: tuple(map(int, one.split("."))))], wheel, "import plain")
