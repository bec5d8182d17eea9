"""Targets that cannot be run here: what is read from files and the environment."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.delegates import maturin, setuptools_rust
from pyo3_features_backend.errors import BackendError, Place, TargetError
from pyo3_features_backend.facts import cross
from pyo3_features_backend.facts.config_file import parse
from pyo3_features_backend.facts.interpreter import of_executable
from pyo3_features_backend.model.extension import Extension
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target, extension_suffix
from pyo3_features_backend.model.words import Abi
from support.pythons import pythons
from support.targets import cpython, crate

HOST = "x86_64-unknown-linux-gnu"


RUNNING = cpython(13)


@pytest.fixture(autouse=True)
def on_a_313(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts of one interpreter for every run, whichever runs the tests."""
    monkeypatch.setattr(cross, "running", lambda: RUNNING)


@pytest.mark.parametrize(
    ("environ", "triple", "label", "platform", "width", "wheel", "suffixes"),
    [
        ({}, None, "CPython 3.13", "linux-x86_64", 64, "cp39-abi3", (".abi3.so", ".cpython-313-x86_64-linux-gnu.so")),
        (
            {},
            "x86_64-pc-windows-msvc",
            "CPython 3.13",
            "win-amd64",
            64,
            "cp39-abi3",
            (".pyd", ".cp313-win_amd64.pyd"),
        ),
        (
            {},
            "aarch64-linux-android",
            "CPython 3.13",
            "android-24-arm64_v8a",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-aarch64-linux-android.so"),
        ),
        (
            {},
            "aarch64-apple-ios",
            "CPython 3.13",
            "ios-13.0-arm64-iphoneos",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-iphoneos.so"),
        ),
        (
            {},
            "aarch64-apple-ios-sim",
            "CPython 3.13",
            "ios-13.0-arm64-iphonesimulator",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-iphonesimulator.so"),
        ),
        ({}, "i686-pc-windows-msvc", "CPython 3.13", "win32", 32, "cp39-abi3", (".pyd", ".cp313-win32.pyd")),
        ({}, "aarch64-pc-windows-msvc", "CPython 3.13", "win-arm64", 64, "cp39-abi3", (".pyd", ".cp313-win_arm64.pyd")),
        (
            {},
            "aarch64-apple-darwin",
            "CPython 3.13",
            "macosx-11.0-arm64",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-darwin.so"),
        ),
        (
            {},
            "universal2-apple-darwin",
            "CPython 3.13",
            "macosx-11.0-universal2",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-darwin.so"),
        ),
        (
            {},
            "aarch64-unknown-linux-musl",
            "CPython 3.13",
            "linux-aarch64",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-aarch64-linux-musl.so"),
        ),
        (
            {},
            "armv7-unknown-linux-gnueabihf",
            "CPython 3.13",
            "linux-armv7l",
            32,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-arm-linux-gnueabihf.so"),
        ),
        (
            {"PYO3_CROSS_PYTHON_VERSION": "3.13"},
            "wasm32-unknown-emscripten",
            "CPython 3.13",
            "emscripten-wasm32",
            32,
            "cp313-cp313",
            (".abi3.so", ".cpython-313-wasm32-emscripten.so"),
        ),
        (
            {"PYO3_CROSS_PYTHON_VERSION": "3.14t"},
            "aarch64-unknown-linux-gnu",
            "CPython 3.14 free-threaded",
            "linux-aarch64",
            64,
            "cp314-cp314t",
            (".abi3.so", ".cpython-314t-aarch64-linux-gnu.so"),
        ),
        (
            {"PYO3_CROSS_PYTHON_VERSION": "3.14t"},
            None,
            "CPython 3.13",
            "linux-x86_64",
            64,
            "cp39-abi3",
            (".abi3.so", ".cpython-313-x86_64-linux-gnu.so"),
        ),
    ],
)
def test_the_environment_and_the_triple_give_the_target_its_plan_and_its_file_names(
    environ: dict[str, str],
    triple: str | None,
    label: str,
    platform: str,
    width: int,
    wheel: str,
    suffixes: tuple[str, str],
) -> None:
    found = cross.choose(environ, None, triple, HOST)
    assert (found.label, found.platform, found.pointer_width) == (label, platform, width)
    assert found.cross_triple == triple
    plan = decide(Basis(Settings(), found, "1.95.0", ">=3.9", (3, 9)), crate())
    assert plan.label == wheel
    assert (extension_suffix(found, Abi.ABI3), extension_suffix(found, Abi.VERSION_SPECIFIC)) == suffixes
    # What each delegate is told: maturin the target as it was given, setuptools the tag and the file's ending.
    if triple:
        given = maturin.parse({"maturin.build-args": f"--target {triple}"}, {})
        features = list(plan.features)
        composed = maturin.compose(Extension("", Path("Cargo.toml"), "Cargo.toml", given, plan=plan))
        assert composed == ["--target", triple, *(["--features", ",".join(features)] if features else [])]
        told = setuptools_rust.instruction(plan, [plan], found)
        assert told.tag == (*wheel.split("-"), platform.replace("-", "_").replace(".", "_"))
        assert told.suffix == suffixes[0 if plan.abi == "abi3" else 1]


def test_a_version_specific_build_for_another_platform_names_its_python_to_pyo3() -> None:
    found = cross.choose({"PYO3_CROSS_PYTHON_VERSION": "3.14t"}, None, "aarch64-unknown-linux-gnu", HOST)
    plan = decide(Basis(Settings(), found, "1.95.0", ">=3.9", (3, 9)), crate())
    assert plan.env["PYO3_CROSS_PYTHON_VERSION"] == "3.14t"
    assert maturin.interpreter_name(found) == "python3.14t"
    own = cross.choose({}, None, "aarch64-unknown-linux-gnu", HOST)
    assert "PYO3_CROSS_PYTHON_VERSION" not in decide(Basis(Settings(), own, "1.95.0", ">=3.9", (3, 9)), crate()).env
    off = decide(Basis(Settings(abi3="off"), own, "1.95.0", ">=3.9", (3, 9)), crate())
    assert off.env["PYO3_CROSS_PYTHON_VERSION"] == "3.13"


def test_a_triple_that_is_the_hosts_is_a_native_build() -> None:
    assert cross.choose({"PYO3_CROSS_PYTHON_VERSION": "3.14t"}, None, HOST, HOST) == RUNNING


@pytest.mark.parametrize(
    ("triple", "own", "system", "platform"),
    [
        # cibuildwheel sets CARGO_BUILD_TARGET in a Python that says what platform it stands for.
        ("x86_64-linux-android", "android-30-x86_64", "android", "android-30-x86_64"),
        ("armv7-linux-androideabi", "linux-x86_64", "android", "android-24-armeabi_v7a"),
        ("x86_64-apple-ios", "macosx-14.0-arm64", "ios", "ios-13.0-x86_64-iphonesimulator"),
        ("wasm32-unknown-emscripten", "emscripten-4.0.9-wasm32", "emscripten", "emscripten-4.0.9-wasm32"),
        ("aarch64-unknown-linux-gnu", "linux-x86_64", "linux", "linux-aarch64"),
    ],
)
def test_the_python_knows_the_version_of_the_platform(triple: str, own: str, system: str, platform: str) -> None:
    assert (cross.system_of(triple), cross.platform_of(triple, own)) == (system, platform)


@pytest.mark.parametrize(
    ("archflags", "triple"),
    [
        ("-arch arm64", "aarch64-apple-darwin"),
        ("-arch x86_64", "x86_64-apple-darwin"),
        ("-arch arm64 -arch x86_64", "universal2-apple-darwin"),
        ("", None),
    ],
)
def test_cibuildwheels_archflags_name_a_triple(archflags: str, triple: str | None) -> None:
    assert cross.archflags_triple(archflags) == triple


def same(one: Target, other: Target) -> bool:
    fields = ("implementation", "version", "free_threaded", "debug", "shared", "pointer_width", "wheel_tag")
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def test_sysconfig_data_of_every_python_here_says_what_the_python_says() -> None:
    compared = 0
    for name, python in pythons().items():
        if tuple(map(int, name.split("."))) < (3, 9):
            continue
        code = "import sysconfig, sys; print(sysconfig.get_path('stdlib'))"
        folder = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
        file = cross.sysconfig_file(Path(folder), None)
        assert file is not None
        assert same(cross.of_sysconfig(file, RUNNING), of_executable(python))
        compared += 1
    assert compared >= 1


DETAILS = {
    "schema_version": "1.0",
    "platform": "linux-x86_64",
    "language": {"version": "3.14"},
    "implementation": {"name": "cpython", "version": {"major": 3, "minor": 14}},
    "abi": {"flags": ["t"]},
    "suffixes": {"extensions": [".cpython-314t-x86_64-linux-gnu.so", ".so"]},
    "libpython": {"dynamic": "/usr/lib/libpython3.14t.so.1.0"},
}


def test_build_details_say_which_python_it_is(tmp_path: Path) -> None:
    file = tmp_path / "lib" / "build-details.json"
    file.parent.mkdir()
    file.write_text(json.dumps(DETAILS))
    environ = {"PYO3_CROSS_LIB_DIR": str(tmp_path)}
    found = cross.choose(environ, None, "aarch64-unknown-linux-gnu", HOST)
    assert (found.label, found.wheel_tag) == ("CPython 3.14 free-threaded", ("cp314", "cp314t"))
    assert (found.shared, found.platform, found.executable) == (True, "linux-aarch64", None)
    file.write_text("{")
    with pytest.raises(TargetError, match="PEP 739"):
        cross.choose(environ, None, "aarch64-unknown-linux-gnu", HOST)


@pytest.mark.parametrize(
    ("text", "wheel_tag"),
    [
        ("version=3.13\n", ("cp313", "cp313")),
        ("version=3.14\nbuild_flags=Py_GIL_DISABLED\n", ("cp314", "cp314t")),
        ("version=3.13\nbuild_flags=Py_DEBUG\n", ("cp313", "cp313d")),
        (
            "version=3.11\nimplementation=PyPy\next_suffix=.pypy311-pp73-x86_64-linux-gnu.so\n",
            ("pp311", "pypy311_pp73"),
        ),
    ],
)
def test_a_configuration_file_is_a_target(text: str, wheel_tag: tuple[str, str]) -> None:
    assert cross.of_config(parse(text), Place("f"), RUNNING).wheel_tag == wheel_tag


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"PYO3_CROSS_PYTHON_VERSION": "3"}, "PYO3_CROSS_PYTHON_VERSION=3 is not a Python"),
        (
            {"PYO3_CROSS_PYTHON_VERSION": "3.13", "PYO3_CROSS_PYTHON_IMPLEMENTATION": "Jython"},
            "IMPLEMENTATION=Jython is not known",
        ),
        (
            {"PYO3_CROSS_PYTHON_VERSION": "3.11", "PYO3_CROSS_PYTHON_IMPLEMENTATION": "PyPy"},
            "does not say which ABI of PyPy it is",
        ),
        ({"PYO3_CROSS_LIB_DIR": "/nowhere"}, "PYO3_CROSS_LIB_DIR=/nowhere is not a folder"),
        ({"PYO3_CONFIG_FILE": "pyo3.txt"}, "relative path"),
        ({"PYO3_CONFIG_FILE": "/nowhere"}, "cannot be read"),
    ],
)
def test_a_source_that_cannot_be_used_is_an_error(environ: dict[str, str], words: str) -> None:
    with pytest.raises(BackendError, match=words) as caught:
        cross.choose(environ, None, "aarch64-unknown-linux-gnu", HOST)
    assert caught.value.hint


@pytest.mark.parametrize(("triple", "width"), [(None, 32), ("i686-unknown-linux-gnu", 64)])
def test_a_file_for_another_pointer_width_than_the_targets_is_an_error(
    tmp_path: Path, triple: str | None, width: int
) -> None:
    file = tmp_path / "pyo3.txt"
    file.write_text(f"version=3.13\npointer_width={width}\n")
    with pytest.raises(BackendError, match=rf"pyo3.txt:2: pointer_width={width}, but the target has"):
        cross.choose({"PYO3_CONFIG_FILE": str(file)}, None, triple, HOST)


def test_sysconfig_data_that_is_none_or_several_is_an_error(tmp_path: Path) -> None:
    environ = {"PYO3_CROSS_LIB_DIR": str(tmp_path)}
    (tmp_path / "_sysconfigdata__a.py").write_text("import os\nos.abort()\n")
    with pytest.raises(TargetError, match="not sysconfig data"):
        cross.choose(environ, None, "aarch64-unknown-linux-gnu", HOST)
    (tmp_path / "_sysconfigdata__b.py").write_text("build_time_vars = {'VERSION': '3.12', 'SOABI': 'cpython-312'}\n")
    with pytest.raises(TargetError, match="several Pythons"):
        cross.choose(environ, None, "aarch64-unknown-linux-gnu", HOST)
    named = cross.choose(
        {**environ, "_PYTHON_SYSCONFIGDATA_NAME": "_sysconfigdata__b"}, None, "aarch64-unknown-linux-gnu", HOST
    )
    assert named.version == (3, 12)


def test_pyodides_environment_is_a_wasm_target(tmp_path: Path) -> None:
    variables = {"SOABI": "cpython-313-wasm32-emscripten", "VERSION": "3.13", "SIZEOF_VOID_P": 4}
    name = "_sysconfigdata__emscripten_wasm32-emscripten"
    (tmp_path / f"{name}.py").write_text(f"build_time_vars = {variables!r}\n")
    environ = {"PYO3_CROSS_LIB_DIR": str(tmp_path), "_PYTHON_SYSCONFIGDATA_NAME": name}
    found = cross.choose(environ, None, "wasm32-unknown-emscripten", HOST)
    assert (found.is_wasm, found.pointer_width, found.wheel_tag) == (True, 32, ("cp313", "cp313"))
    plan = decide(Basis(Settings(), found, "1.95.0", ">=3.9", (3, 9)), crate())
    assert (plan.abi, plan.features) == ("version-specific", ())
