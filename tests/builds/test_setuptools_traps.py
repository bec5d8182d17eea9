"""The traps of setuptools-rust that do not happen with the backend on top of it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.delegates.setuptools_rust import instruction, older
from pyo3_features_backend.model.settings import Settings
from support.builds import Build, wheel_of
from support.files import replace
from support.pythons import call
from support.setuptools_project import C_MODULE, DOUBLE, OWN, extensions, limited, project, wheel_line, with_setup_py
from support.targets import cpython, crate

pytestmark = pytest.mark.build

# What setuptools-rust alone does in these tests is why the backend is there: each is expected to fail with it.
ALONE = pytest.param("setuptools.build_meta", marks=pytest.mark.xfail(reason="setuptools-rust alone"))
BOTH = pytest.mark.parametrize("backend", ["pyo3_features_backend", ALONE])


@BOTH
def test_editable_keeps_abi3(build: Build, tmp_path: Path, backend: str) -> None:
    root = project(tmp_path)
    limited(root)
    wheel = wheel_of(tmp_path, build(root, "build_editable", backend=backend))
    assert "cp39-abi3" in wheel_line(wheel)


@BOTH
def test_editable_keeps_the_other_options_of_bdist_wheel(build: Build, tmp_path: Path, backend: str) -> None:
    root = project(tmp_path)
    (root / "setup.cfg").write_text("[bdist_wheel]\nbuild_number = 5\n")
    wheel = wheel_of(tmp_path, build(root, "build_editable", backend=backend))
    with zipfile.ZipFile(wheel) as archive:
        assert "\nBuild: 5\n" in archive.read("mixed_pyo3-0.1.0.dist-info/WHEEL").decode()


@BOTH
def test_an_abi3_build_and_then_a_version_specific_one_leave_one_file_in_each(
    build: Build, tmp_path: Path, backend: str
) -> None:
    root = project(tmp_path)
    limited(root)
    assert extensions(wheel_of(tmp_path, build(root, backend=backend))) == ["mixed/_native.abi3.so"]
    (root / "setup.cfg").unlink()
    second = wheel_of(tmp_path, build(root, backend=backend, PYO3_FEATURES_BACKEND_ABI3="off"))
    assert len(extensions(second)) == 1
    assert f"-{OWN}-{OWN}-" in second.name


@BOTH
@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
def test_python_3_15_makes_an_abi3_file_that_older_pythons_load(
    hook: str, build: Build, tmp_path: Path, backend: str
) -> None:
    root = project(tmp_path)
    limited(root)
    macro = '("Py_LIMITED_API", "0x03090000")'
    c = f'ext_modules=[Extension("mixed.c", ["c.c"], py_limited_api=True, define_macros=[{macro}])]'
    with_setup_py(root, keywords=c)
    (root / "c.c").write_text(C_MODULE)
    # What setuptools 84.2 and newer ask 3.15 for.
    variables = 'import sysconfig\nsysconfig.get_config_vars()["SOABI_PLATFORM"] = "x86_64-linux-gnu"\n'
    (root / "setup.py").write_text(variables + (root / "setup.py").read_text())
    wheel = wheel_of(tmp_path, build(root, hook, backend=backend))
    made = {file.name for file in root.rglob("*.so")} if hook == "build_editable" else set(extensions(wheel))
    assert {Path(file).name for file in made} == {"_native.abi3.so", "c.abi3.so"}


@BOTH
def test_a_floor_above_the_interpreter_is_decided_before_the_compile(
    build: Build, tmp_path: Path, backend: str
) -> None:
    root = project(tmp_path)
    limited(root, "cp314")
    wheel = wheel_of(tmp_path, build(root, backend=backend))
    assert f"-{OWN}-{OWN}-" in wheel.name


@BOTH
def test_a_renamed_dependency_works(build: Build, tmp_path: Path, backend: str) -> None:
    root = project(tmp_path)
    limited(root)
    replace(root / "Cargo.toml", 'pyo3 = "0.30"', 'python = { package = "pyo3", version = "0.30" }')
    source = root / "src" / "lib.rs"
    source.write_text(
        "use python as pyo3;\n" + source.read_text().replace("#[py", '#[pyo3(crate = "python")]\n#[py', 1)
    )
    replace(source, '#[pyo3(crate = "python")]\n#[pymodule]', '#[pymodule]\n#[pyo3(crate = "python")]')
    replace(source, "#[pyfunction]", '#[pyfunction]\n    #[pyo3(crate = "python")]')
    wheel = wheel_of(tmp_path, build(root, backend=backend))
    assert "-cp39-abi3-" in wheel.name
    assert call(sys.executable, wheel, DOUBLE) == "42"


@BOTH
def test_a_stale_version_specific_file_does_not_win_in_an_editable_tree(
    build: Build, tmp_path: Path, backend: str
) -> None:
    root = project(tmp_path)
    limited(root)
    soabi = subprocess.run(
        [sys.executable, "-c", "import sysconfig; print(sysconfig.get_config_var('EXT_SUFFIX'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    old = root / "python" / "mixed" / f"_native{soabi}"
    old.write_bytes(b"older")
    result = build(root, "build_editable", backend=backend)
    assert result.returncode == 1
    assert f"{old} is an older build of _native, which Python would import" in result.stderr
    assert not list((root / "python" / "mixed").glob("*.abi3.so"))


FREE_THREADED = """
import sys, sysconfig
sysconfig.get_config_vars().update(
    Py_GIL_DISABLED=1, VERSION="3.{minor}", SOABI="cpython-3{minor}t-x86_64-linux-gnu", abiflags="t",
    py_version_nodot="3{minor}", EXT_SUFFIX=".cpython-3{minor}t-x86_64-linux-gnu.so", Py_DEBUG=0,
)
from pathlib import Path
from setuptools import Distribution
from setuptools_rust import RustExtension
from setuptools_rust.build import _binding_features
from pyo3_features_backend.delegates import entry_point, setuptools_rust, setuptools_session

class Version(tuple):
    major, minor, micro, releaselevel, serial = 3, {minor}, 0, "final", 0

if {ours}:
    session = setuptools_session.Session(
        type("P", (), {{"root": Path.cwd(), "table": {{}}}}),
        None,
        lambda facts, command: (setuptools_rust.Instruction(*{instruction}), None),
    )
    entry_point.active = session.enter
dist = Distribution({{"name": "demo", "version": "1", "rust_extensions": [RustExtension("demo")]}})
sys.version_info = Version((3, {minor}, 0, "final", 0))
dist.command_options["bdist_wheel"] = {{"py_limited_api": ("setup.cfg", "{limited}")}}
wheel = dist.get_command_obj("bdist_wheel")
wheel.ensure_finalized()
rust = dist.get_command_obj("build_rust")
rust.ensure_finalized()
extension = dist.rust_extensions[0]
features = sorted({{*extension.features, *_binding_features(extension, wheel.py_limited_api)}})
print("-".join(wheel.get_tag()[:2]), Path(rust.get_dylib_ext_path(extension, "demo")).name, *features)
"""


@pytest.mark.parametrize(
    ("minor", "abi3t", "expected"),
    [
        (14, "auto", "cp314-cp314t demo.cpython-314t-x86_64-linux-gnu.so"),
        (15, "3.15", "cp315-abi3.abi3t demo.abi3t.so pyo3/abi3t-py315"),
        (15, "auto", "cp315-cp315t demo.cpython-315t-x86_64-linux-gnu.so"),
    ],
)
@BOTH
def test_a_free_threaded_python_gets_the_planned_tag_file_and_features(
    tmp_path: Path, minor: int, abi3t: str, expected: str, backend: str
) -> None:
    # No free-threaded 3.14 or 3.15 can be had here: setuptools is given the values that one has.
    if abi3t == "3.15" and (installed := older("setuptools", "84.2")):
        pytest.skip(f"not run: setuptools {installed} cannot write abi3t, and there is no newer one for this Python")
    plan = decide(Basis(Settings(abi3t=abi3t), cpython(minor, "t"), "1.95.0", ">=3.9", (3, 9)), crate())
    code = FREE_THREADED.format(
        minor=minor,
        limited="cp39" if minor == 14 else "cp315",
        ours=backend == "pyo3_features_backend",
        instruction=repr(tuple(instruction(plan, [plan]))),
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert said.stdout.splitlines()[-1:] == [expected], said.stdout + said.stderr
