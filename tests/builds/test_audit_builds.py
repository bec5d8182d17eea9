"""Wheels that are compiled for real, good ones and broken ones, under the audit and under the checks of a build."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.examples import example
from support.verbs import module

pytestmark = pytest.mark.build

pytest.importorskip("abi3info")
OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"
BUFFER = """
use pyo3::{buffer::PyBuffer, prelude::*};
#[pymodule]
mod hello_pyo3 {
    #[pyo3::pyfunction]
    fn size(data: super::PyBuffer<u8>) -> usize { data.len_bytes() }
}
"""
C_SOURCE = """
#include <Python.h>
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "c", .m_size = -1};
PyMODINIT_FUNC PyInit_c(void) { PyRun_SimpleString("0"); return PyModule_Create(&module); }
"""


def audit(*words: str) -> tuple[int, str]:
    """The status of the verb, and what it says."""
    result = module(["pyo3_features_backend", "audit", *words], Path.cwd())
    assert "Traceback" not in result.stderr
    return result.returncode, result.stdout + result.stderr


def repacked(wheel: Path, tag: str, files: dict[str, str] | None = None, more: dict[str, bytes] | None = None) -> Path:
    """The wheel with another python and ABI tag, with files that have another name, and with more files."""
    old, platform = "-".join(wheel.stem.split("-")[2:4]), wheel.stem.split("-")[4]
    path = wheel.with_name(f"{'-'.join(wheel.stem.split('-')[:2])}-{tag}-{platform}.whl")
    with zipfile.ZipFile(wheel) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            text = (
                content.replace(f"Tag: {old}-".encode(), f"Tag: {tag}-".encode())
                if name.endswith("/WHEEL")
                else content
            )
            archive.writestr((files or {}).get(name, name), text)
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return path


def extension(wheel: Path) -> str:
    """The name of the one extension file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith((".so", ".pyd"))]
    return name


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return example("hello", tmp_path)


def test_a_wheel_of_this_backend_passes_its_own_build_and_the_verb(build: Build, tmp_path: Path, hello: Path) -> None:
    wheel = wheel_of(tmp_path, build(hello, config={"verify": "tags,symbols"}))
    status, said = audit(str(wheel))
    assert (status, said.count("\n")) == (0, 1)
    assert ": fine; cp39-abi3, 1 extension module (ELF x86_64), " in said or not sys.platform.startswith("linux")
    # Broken afterwards: each file is one that a build can leave.
    (name,) = {extension(wheel)}
    stem = name.partition(".")[0]
    specific = f"{stem}.cpython-311-x86_64-linux-gnu.so"
    status, said = audit(str(repacked(wheel, "cp38-abi3", {name: specific})))
    assert status == 1 and "PFB310" in said and "CPython 3.8 and newer cannot import" in said
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(name)
    status, said = audit(str(repacked(wheel, "cp38-abi3", {}, {specific: content})))
    assert status == 1 and "PFB312" in said
    status, said = audit(str(repacked(wheel, "cp310-abi3", {name: name.replace("hello_pyo3.", "other.")})))
    assert status == 1 and "needs PyInit_other" in said


def test_wheels_of_plain_maturin(compiled: Path, tmp_path: Path, hello: Path) -> None:
    (hello / "src" / "lib.rs").write_text(BUFFER)
    wheels = []
    for features in (["-F", "pyo3/abi3-py311"], []):
        if features and sys.version_info < (3, 11):
            continue
        command = [
            sys.executable,
            "-m",
            "maturin",
            "build",
            "-i",
            sys.executable,
            "-o",
            str(tmp_path / "out"),
            *features,
        ]
        environment = {**os.environ, "CARGO_TARGET_DIR": str(compiled)}
        subprocess.run([*command, *features], cwd=hello, check=True, capture_output=True, env=environment)
        wheels += [path for path in (tmp_path / "out").glob("*.whl") if path not in wheels]
    assert audit(str(tmp_path / "out"))[0] == 0
    status, said = audit("--json", *map(str, wheels))
    found = json.loads(said)["wheels"]
    assert [each["problems"] for each in found] == [[] for _ in wheels]
    assert found[-1]["tag"] == f"{OWN}-{OWN}"
    assert [each["module"] for each in found[-1]["modules"]] == ["hello_pyo3.hello_pyo3"]
    status, said = audit(str(repacked(wheels[-1], "cp39-abi3")))
    assert status == 1 and "PFB310" in said
    if len(wheels) > 1:  # a stable-ABI wheel whose tag promises an older Python than its symbols
        status, said = audit("--json", str(repacked(wheels[0], "cp39-abi3")))
        (problem,) = [each for each in json.loads(said)["wheels"][0]["problems"] if each["severity"] == "error"]
        assert (status, problem["code"]) == (1, "PFB340")
        assert "PyObject_GetBuffer (since 3.11)" in problem["message"]
        assert json.loads(said)["wheels"][0]["symbols"][0]["newer"]["PyBuffer_Release"] == "3.11"


def test_a_c_extension_without_the_limited_api_in_a_stable_wheel(build: Build, tmp_path: Path, hello: Path) -> None:
    wheel = wheel_of(tmp_path, build(hello))
    source, library = tmp_path / "c.c", tmp_path / "c.abi3.so"
    source.write_text(C_SOURCE)
    headers = sysconfig.get_path("include")
    command = ["cc", "-shared", "-fPIC", f"-I{headers}", str(source), "-o", str(library)]
    if subprocess.run(command, check=False).returncode:
        pytest.skip("not run: no C compiler with Python's headers")
    status, said = audit(str(repacked(wheel, "cp310-abi3", {}, {"c.abi3.so": library.read_bytes()})))
    assert status == 1
    assert "c.abi3.so needs PyRun_SimpleStringFlags, not part of the stable ABI" in said


def test_a_build_that_links_libpython_stops(build: Build, tmp_path: Path, hello: Path) -> None:
    folder, version = sysconfig.get_config_var("LIBDIR"), sysconfig.get_config_var("LDVERSION")
    if not (sys.platform.startswith("linux") and sysconfig.get_config_var("Py_ENABLE_SHARED")):
        pytest.skip("not run: this Python has no libpython")
    lines = [f"-L{folder}", "-Wl,--no-as-needed", f"-lpython{version}"]
    printed = "".join(f'println!("cargo:rustc-link-arg={line}");' for line in lines)
    (hello / "build.rs").write_text("fn main() { " + printed + " }\n")
    result = build(hello, config={"verify": "tags"})
    assert result.returncode == 1
    assert f"is linked with libpython{version}.so.1.0, but that is the library of CPython" in result.stderr
    result = build(hello, config={"verify": "tags", "abi3": "off"})
    wheel = wheel_of(tmp_path, result)  # it may work here, so only an audit objects
    assert "PFB330" in audit(str(wheel))[1]
    result = build(hello, config={"verify": "symbols", "abi3": "off"})
    assert (result.returncode, list((tmp_path / "dist").glob("*.whl"))) == (1, [])
    assert "error[PFB330]: " in result.stderr and "\n  help: do not link libpython" in result.stderr


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("hello_pyo3", "other", "PFB320"),
        ("#[pymodule]", '#[cfg(feature = "never")]\n#[pymodule]', "PFB321"),
    ],
)
def test_a_build_whose_module_cannot_be_imported_stops(
    build: Build, tmp_path: Path, hello: Path, old: str, new: str, code: str
) -> None:
    source = hello / "src" / "lib.rs"
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new))
    result = build(hello)
    assert (result.returncode, list((tmp_path / "dist").glob("*.whl"))) == (1, [])
    assert f"error[{code}]: " in result.stderr
    assert wheel_of(tmp_path, build(hello, config={"verify": ""}))


def test_the_plan_against_wheels(build: Build, tmp_path: Path, hello: Path) -> None:
    wheel = wheel_of(tmp_path, build(hello))
    other = wheel_of(tmp_path, build(hello, config={"abi3": "off"}))
    words = ["audit", "-C", str(hello), "--plan", "--json"]
    result = module(["pyo3_features_backend", *words, str(wheel), str(other)], tmp_path)
    found = json.loads(result.stdout)["plan"]["problems"]
    assert result.returncode == 1  # free-threaded ones and other implementations have none
    assert {each["code"] for each in found} == {"PFB360", "PFB362"}
    assert not any("has no cp39-abi3" in each["message"] for each in found)
    (superfluous,) = [each["message"] for each in found if each["code"] == "PFB362"]
    assert f"has {OWN}-{OWN}, but cp39-abi3 serves the same Pythons" in superfluous
    result = module(["pyo3_features_backend", *words, str(other)], tmp_path)
    found = json.loads(result.stdout)["plan"]["problems"]
    (tagged,) = [each["message"] for each in found if each["code"] == "PFB361"]
    assert f"has {OWN}-{OWN} for" in tagged and tagged.endswith("the plan has cp39-abi3")
