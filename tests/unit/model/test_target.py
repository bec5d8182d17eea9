"""The names of a target: in words, in wheel tags, and at the end of extension files."""

from __future__ import annotations

import sys
import sysconfig

import pytest
from packaging.tags import sys_tags

from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.model.target import Target, extension_suffix
from pyo3_features_backend.model.words import Abi
from support.targets import cpython

PYPY = cpython(11)._replace(implementation="pypy", soabi="pypy311-pp73-x86_64-linux-gnu")
GRAALPY = cpython(12)._replace(implementation="graalpy", soabi="graalpy250-312-native-x86_64-linux")
WINDOWS = cpython(13)._replace(system="win32", platform="win-amd64", suffixes=(".pyd",))


@pytest.mark.parametrize(
    ("target", "label", "tag"),
    [
        (cpython(9), "CPython 3.9", ("cp39", "cp39")),
        (cpython(14, "t"), "CPython 3.14 free-threaded", ("cp314", "cp314t")),
        (cpython(13, "td"), "CPython 3.13 free-threaded debug", ("cp313", "cp313td")),
        (PYPY, "PyPy 3.11", ("pp311", "pypy311_pp73")),
        (PYPY._replace(soabi=""), "PyPy 3.11", ("pp311", "none")),
        (GRAALPY, "GraalPy 3.12", ("graalpy312", "graalpy250_312_native")),
        (PYPY._replace(implementation="other", soabi="o1"), "other 3.11", ("other311", "o1")),
    ],
)
def test_the_name_and_the_tag_of_each_kind_of_python(target: Target, label: str, tag: tuple[str, str]) -> None:
    assert (target.label, target.wheel_tag) == (label, tag)


def test_the_tag_of_the_running_python_is_the_first_that_packaging_gives() -> None:
    first = next(iter(sys_tags()))
    assert running().wheel_tag == (first.interpreter, first.abi)


@pytest.mark.parametrize(
    ("target", "own", "stable"),
    [
        (cpython(12)._replace(suffixes=(".cpython-312-x86_64-linux-gnu.so", ".abi3.so")), None, ".abi3.so"),
        (WINDOWS, ".cp313-win_amd64.pyd", ".pyd"),
        (PYPY, ".pypy311-pp73-x86_64-linux-gnu.so", ".abi3.so"),
        (cpython(13)._replace(system="darwin"), ".cpython-313-darwin.so", ".abi3.so"),
        (cpython(13)._replace(system="wasi"), ".cpython-313-wasm32-wasi.so", ".abi3.so"),
        (
            cpython(13)._replace(system="android", cross_triple="x86_64-linux-android"),
            ".cpython-313-x86_64-linux-android.so",
            ".abi3.so",
        ),
        (
            cpython(13)._replace(system="ios", platform="ios-13.0-arm64-iphoneos"),
            ".cpython-313-iphoneos.so",
            ".abi3.so",
        ),
        (cpython(13), ".cpython-313-x86_64-linux-gnu.so", ".abi3.so"),
        (
            cpython(13)._replace(cross_triple="i686-unknown-linux-musl"),
            ".cpython-313-i386-linux-musl.so",
            ".abi3.so",
        ),
    ],
)
def test_the_ending_of_an_extension(target: Target, own: str | None, stable: str) -> None:
    assert extension_suffix(target, Abi.VERSION_SPECIFIC) == (own or target.suffixes[0])
    assert extension_suffix(target, Abi.ABI3) == stable


def test_the_running_pythons_own_ending_is_what_sysconfig_says() -> None:
    assert extension_suffix(running(), Abi.VERSION_SPECIFIC) == sysconfig.get_config_var("EXT_SUFFIX")
    assert extension_suffix(running(), Abi.ABI3T) == (".pyd" if sys.platform == "win32" else ".abi3t.so")


def test_wasm_is_known_by_its_system_or_its_triple() -> None:
    targets = [
        cpython(13),
        cpython(13)._replace(system="emscripten"),
        cpython(13)._replace(cross_triple="wasm32-wasip1"),
        cpython(13)._replace(cross_triple="aarch64-unknown-linux-gnu"),
    ]
    assert [target.is_wasm for target in targets] == [False, True, True, False]
