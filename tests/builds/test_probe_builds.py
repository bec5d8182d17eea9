"""Real probes of small crates: pyo3-ffi alone where that will do, because it compiles in a second."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from support.examples import example

pytestmark = pytest.mark.build

HERE = f"3.{sys.version_info[1]}"
MODULE = """
use pyo3_ffi::*;
use std::ptr;

static mut DEFINITION: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: c"tiny".as_ptr(),
    m_doc: ptr::null(),
    m_size: 0,
    m_methods: ptr::null_mut(),
    m_slots: ptr::null_mut(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

#[unsafe(no_mangle)]
pub unsafe extern "C" fn PyInit_tiny() -> *mut PyObject {
    unsafe { PyModule_Create(&raw mut DEFINITION) }
}
"""
RAW = "\npub unsafe fn raw(tuple: *mut PyObject) -> *mut PyObject {\n    unsafe { PyTuple_GET_ITEM(tuple, 0) }\n}\n"
BUFFER = "use pyo3::buffer::PyBuffer;\n\npub fn take(_: PyBuffer<u8>) {}\n"


def crate(folder: Path, source: str, *, requires: str = ">=3.9", features: str = "", pyo3: str = "pyo3-ffi") -> Path:
    """A crate whose library and module are called tiny, built by maturin; its package is called after the test."""
    name = folder.name.replace("_", "-").rstrip("0123456789-")
    (folder / "src").mkdir()
    (folder / "src/lib.rs").write_text(source)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n\n'
        '[lib]\nname = "tiny"\ncrate-type = ["cdylib"]\n\n'
        f'[dependencies]\n{pyo3} = {{ version = "0.30", default-features = false }}\n\n[features]\n{features}'
    )
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n\n'
        f'[project]\nname = "tiny"\nversion = "0.1.0"\nrequires-python = "{requires}"\n'
        + ('\n[tool.maturin]\nbindings = "pyo3-ffi"\n' if pyo3 == "pyo3-ffi" else "")
    )
    return folder


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pyo3_features_backend", *words]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def probe(project: Path, target: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    shared = ["--target-dir", str(target / "probe")] if target else []
    return run(project, "probe", *words, *shared)


def answer(result: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert result.stdout, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def files(project: Path) -> dict[str, bytes]:
    return {str(file.relative_to(project)): file.read_bytes() for file in project.rglob("*") if file.is_file()}


def test_a_plain_crate_compiles_at_the_lower_bound_and_its_tree_stays_as_it_was(tmp_path: Path, compiled: Path) -> None:
    project = crate(tmp_path, MODULE)
    before = files(project)
    result = probe(project, compiled, "--write", "--json")
    assert result.returncode == 0, result.stderr
    assert "abi3 3.9: cargo check" in result.stderr
    found = answer(result)
    assert (found["floor"], found["auto"], found["written"]) == ("3.9", "3.9", {})
    (tried,) = found["tried"]
    assert (tried["compiles"], tried["imports"], tried["note"]) == (True, True, f"CPython {HERE}")
    # Its PyModuleDef is what PEP 803 takes away: so that feature was really on.
    assert found["abi3t"]["compiles"] is False
    assert "PyModuleDef" in found["abi3t"]["error"]
    assert files(project) == before


def test_the_buffer_protocol_needs_3_11_and_that_is_written_once(tmp_path: Path, compiled: Path) -> None:
    project = crate(tmp_path, BUFFER + MODULE.replace("pyo3_ffi", "pyo3::ffi"), requires=">=3.10", pyo3="pyo3")
    (project / "pyproject.toml").write_text((project / "pyproject.toml").read_text() + "\n# the end\n")
    before = (project / "pyproject.toml").read_text()
    result = probe(project, compiled, "--write")
    assert result.returncode == 0, result.stderr
    assert "  3.10  fails at src/lib.rs:1: " in result.stdout
    assert "\nfloor: 3.11\n" in result.stdout
    assert 'wrote abi3 = "3.11" to pyproject.toml' in result.stdout
    expected = (
        before.rstrip("\n")
        + "\n\n"
        + (
            "[tool.pyo3-features-backend]\n"
            'abi3 = "3.11" # pyo3-features probe: 3.10 fails at src/lib.rs:1 (pyo3::buffer)\n'
        )
    )
    assert (project / "pyproject.toml").read_text() == expected
    again = probe(project, compiled, "--write", "--json")
    assert (answer(again)["floor"], answer(again)["written"]) == ("3.11", {})
    assert (project / "pyproject.toml").read_text() == expected


def test_code_that_a_crate_feature_keeps_to_the_limited_api_is_tried_with_it(tmp_path: Path, compiled: Path) -> None:
    raw = RAW.replace("\npub", '\n#[cfg(not(feature = "slim"))]\npub')
    project = crate(tmp_path, MODULE + raw, features="slim = []\nabi = []\n")
    result = probe(project, compiled, "--write", "--json")
    found = answer(result)
    assert (found["floor"], found["abi3_crate_features"]) == ("3.9", ["slim"])
    assert [(one["crate_features"], one["compiles"]) for one in found["tried"]] == [
        ([], False),
        (["abi"], False),
        (["slim"], True),
    ]
    assert found["written"] == {"abi3-crate-features": ["slim"]}
    assert 'abi3-crate-features = ["slim"] # pyo3-features probe: 3.9 fails' in (project / "pyproject.toml").read_text()
    explained = run(project, "explain", "--json")
    assert "slim" in json.loads(explained.stdout)["features"]


def test_a_crate_feature_that_fixes_a_floor_is_tried_at_that_floor_only(tmp_path: Path, compiled: Path) -> None:
    raw = RAW.replace("\npub", '\n#[cfg(not(feature = "small"))]\npub')
    project = crate(tmp_path, MODULE + raw, requires=">=3.14", features='small = ["pyo3-ffi/abi3-py39"]\n')
    result = probe(project, compiled, "--write", "--json")
    found = answer(result)
    assert (result.returncode, found["floor"]) == (1, None)
    assert ["small"] not in [one["crate_features"] for one in found["tried"]]
    assert "empty it (small = [])" in found["notes"][0]
    assert found["written"] == {}  # not "off": a crate feature that may help could not be tried


def test_a_module_that_compiles_and_does_not_import_has_no_floor(tmp_path: Path, compiled: Path) -> None:
    gated = MODULE.replace("#[unsafe(no_mangle)]", "#[cfg_attr(not(Py_LIMITED_API), unsafe(no_mangle))]")
    project = crate(tmp_path, gated, requires=f">={HERE}")
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[build-dependencies]\npyo3-build-config = "0.30"\n')
    (project / "build.rs").write_text("fn main() {\n    pyo3_build_config::use_pyo3_cfgs();\n}\n")
    result = probe(project, compiled, "--write")
    assert result.returncode == 1
    assert f"  {HERE:<5} compiles, but does not count: " in result.stdout
    assert "PyInit_tiny" in result.stdout
    assert 'wrote abi3 = "off"' in result.stdout


def test_a_module_that_never_imports_is_not_held_against_the_stable_abi(tmp_path: Path, compiled: Path) -> None:
    project = crate(tmp_path, MODULE.replace("PyInit_tiny", "PyInit_other"), requires=f">={HERE}")
    before = files(project)
    result = probe(project, compiled, "--write", "--json")
    found = answer(result)
    assert (result.returncode, found["floor"], found["written"]) == (1, None, {})
    assert found["tried"][0]["imports"] is False
    assert "does not import either" in found["inconclusive"]
    assert files(project) == before


def test_a_run_time_dependency_that_is_not_here_says_nothing_of_the_floor(tmp_path: Path, compiled: Path) -> None:
    importing = 'if PyImport_ImportModule(c"not_here".as_ptr()).is_null() { return ptr::null_mut(); } PyModule_Create'
    project = crate(tmp_path, MODULE.replace("PyModule_Create", importing), requires=f">={HERE}")
    found = answer(probe(project, compiled, "--json"))
    assert found["floor"] == HERE
    assert found["tried"][0]["imports"] is None
    assert found["tried"][0]["note"] == f"import not tried: not_here is not installed for CPython {HERE}"


def test_raw_ffi_outside_the_limited_api_has_no_floor_and_off_is_written(tmp_path: Path, compiled: Path) -> None:
    project = crate(tmp_path, MODULE + RAW, requires=">=3.14")
    result = probe(project, compiled, "--write", "--json")
    found = answer(result)
    line = len(MODULE.splitlines()) + 3
    assert result.returncode == 1
    assert found["floor"] is None
    assert [one["floor"] for one in found["tried"]] == ["3.14", "3.15"]
    assert {(one["file"], one["line"]) for one in found["tried"]} == {("src/lib.rs", line)}
    assert "version-specific, to compare" in result.stderr
    assert (
        f'abi3 = "off" # pyo3-features probe: 3.15 fails at src/lib.rs:{line} (PyTuple_GET_ITEM)\n'
        in (project / "pyproject.toml").read_text()
    )


def test_code_that_does_not_compile_at_all_teaches_nothing(tmp_path: Path, compiled: Path) -> None:
    project = crate(tmp_path, MODULE + "\nfn broken() -> u8 { nothing }\n", requires=">=3.14")
    before = files(project)
    result = probe(project, compiled, "--write", "--json")
    line = len(MODULE.splitlines()) + 2
    (problem,) = json.loads(result.stdout)["problems"]
    assert (result.returncode, problem["file"], problem["line"]) == (1, "src/lib.rs", line)
    assert f"error: src/lib.rs:{line}: the crate does not compile without the stable ABI either" in result.stderr
    assert files(project) == before


def test_a_floor_that_is_fixed_in_the_crate_is_an_error_that_names_it(tmp_path: Path) -> None:
    project = crate(tmp_path, MODULE)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace("= false }", '= false, features = ["abi3-py310"] }'))
    result = probe(project, None)
    assert result.returncode == 1
    assert "error: Cargo.toml:11: abi3-py310 is hard-coded here" in result.stderr
    assert "pyo3-features migrate" in result.stderr


def test_a_floor_above_the_running_python_is_compiled_without_one(tmp_path: Path, compiled: Path) -> None:
    project = crate(tmp_path, MODULE, requires=">=3.14")
    result = probe(project, compiled, "--json")
    if sys.version_info >= (3, 14) or shutil.which("python3.14"):
        pytest.skip("not run: there is a Python 3.14")
    (tried,) = answer(result)["tried"]
    assert (tried["floor"], tried["compiles"], tried["imports"]) == ("3.14", True, None)
    assert tried["note"] == "import not tried: there is no CPython 3.14 or newer here"


def test_of_several_crates_in_a_wheel_the_highest_floor_counts(tmp_path: Path, compiled: Path) -> None:
    project = example("setuptools", tmp_path)
    (project / "Cargo.lock").unlink()
    shutil.rmtree(project / "src")
    text = (project / "pyproject.toml").read_text()
    table = text[text.index("[[tool.setuptools-rust") :]
    declared = ""
    buffer = MODULE + RAW.replace("PyTuple_GET_ITEM(tuple, 0)", "PyObject_CheckBuffer(tuple); tuple")
    for name, body in (("first", MODULE), ("second", buffer)):
        (project / name).mkdir()
        crate(project / name, body.replace("tiny", name))
        manifest = project / name / "Cargo.toml"
        manifest.write_text(manifest.read_text().replace('"tiny"', f'"{name}"'))
        (project / name / "pyproject.toml").unlink()
        declared += f'[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed.{name}"\npath = "{name}/Cargo.toml"\n\n'
    (project / "Cargo.toml").unlink()
    (project / "pyproject.toml").write_text(text.replace(table, declared).replace('">=3.9"', '">=3.10"'))
    before = files(project)
    result = probe(project, compiled, "--json")
    found = answer(result)
    assert found["floor"] == "3.11", result.stderr
    assert [(one["floor"], one["compiles"], one["file"]) for one in found["tried"]] == [
        ("3.10", False, "second/src/lib.rs"),
        ("3.11", True, None),
    ]
    assert files(project) == before


def running(text: str) -> list[str]:
    """The processes with ``text`` in their command line or environment, zombies left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if text.encode() in words and (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(process.name)
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="not run: there is no /proc to look for processes")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_probe_that_is_stopped_leaves_no_file_and_no_process(tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "scratch").mkdir()
    project = crate(tmp_path / "project", BUFFER, pyo3="pyo3")
    before = files(project)
    process = subprocess.Popen(
        [sys.executable, "-m", "pyo3_features_backend", "probe", "--write"],
        cwd=project,
        env={**os.environ, "TMPDIR": str(tmp_path / "scratch")},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What is started in the background of a script ignores an interrupt, and so do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not list((tmp_path / "scratch").glob("*/target/release/deps/*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(running(str(tmp_path / "scratch"))) > 1
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number], said
    assert "Traceback" not in said
    assert list((tmp_path / "scratch").iterdir()) == []
    assert running(str(tmp_path / "scratch")) == []
    assert files(project) == before
