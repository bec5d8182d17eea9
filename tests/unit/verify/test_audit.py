"""What an audit says of a wheel: each case is a wheel with binaries made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.verify.audit import audit
from support.audits import (
    ABI,
    ARM,
    BOTH,
    BOUND,
    BUNDLE,
    GOOD,
    INTEL,
    LINUX,
    MAC,
    MODEXPORT,
    PLAIN,
    STABLE,
    STABLE_T,
    WINDOWS,
    found,
)
from support.binaries import elf, macho, pe, universal, wheel

GOOD_WHEELS = [
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "y.py": b""}),
    (f"cp39-abi3-{LINUX}", {"p/x.so": GOOD, "p/__init__.py": b"", "p/lib.so": PLAIN}),
    (f"cp39-abi3-{LINUX}", {"p/__init__.abi3.so": elf([], ["PyInit_p"]), "demo.libs/libz-1a2b.so.1": PLAIN}),
    (f"cp39-abi3-{LINUX}", {"demo-1.0.data/platlib/x.abi3.so": GOOD, "demo-1.0.data/scripts/x.so": BOUND}),
    (f"cp39-abi3-{LINUX}", {"é.abi3.so": elf([], ["PyInitU_9ca"])}),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyList_New"], ["PyInit_x"], weak=["PyUnheard_Of"])}),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyOwn_New"], ["PyInit_x"]), "p.libs/l.so.1": elf([], ["PyOwn_New"])}),
    (f"cp39.cp310-abi3-{LINUX}", {"x.abi3.so": elf(["PyCMethod_New"], ["PyInit_x"])}),
    (f"cp39-cp39-{LINUX}", {"x.so": elf(["PyCMethod_New", "_PyOwn_New"], ["PyInit_x"])}),
    (f"cp39-abi3-{LINUX.replace('x86_64', 'aarch64')}", {"x.abi3.so": ARM}),
    ("cp39-abi3-linux_armv7l", {"x.abi3.so": elf([], ["PyInit_x"], machine=40)}),
    ("cp39-abi3-linux_sparc64", {"x.abi3.so": elf([], ["PyInit_x"], machine=43)}),
    (f"cp39-abi3-{MAC}", {"x.abi3.so": BUNDLE}),
    ("cp39-abi3-macosx_10_12_universal2", {"x.abi3.so": universal(INTEL, BUNDLE)}),
    (f"cp39-abi3-{MAC}", {"x.abi3.so": macho([("PyOther_New", 1)], ["PyInit_x"], ["@rpath/libother.dylib"])}),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": STABLE}),
    (f"cp311-cp311-{WINDOWS}", {"x.cp311-win_amd64.pyd": BOUND}),
    (f"cp311-cp311-{WINDOWS}", {"x.pyd": STABLE}),
    (f"cp315-abi3.abi3t-{WINDOWS}", {"x.pyd": STABLE_T}),
    (f"cp315-abi3.abi3t-{LINUX}", {"x.abi3t.so": BOTH}),
    (f"cp315-abi3.abi3t-{LINUX}", {"x.abi3t-x86_64-linux-gnu.so": MODEXPORT}),
    (f"cp315-abi3-{LINUX}", {"x.abi3-x86_64-linux-gnu.so": MODEXPORT}),
    (f"cp313-cp313t-{LINUX}", {"x.cpython-313t-x86_64-linux-gnu.so": GOOD}),
    (f"cp310-cp310-{LINUX}", {"x.cpython-310-x86_64-linux-gnu.so": elf(["PyObject_GetBuffer"], ["PyInit_x"])}),
    (f"pp311-pypy311_pp73-{LINUX}", {"x.pypy311-pp73-x86_64-linux-gnu.so": elf(["PyPyList_New"], ["PyInit_x"])}),
    ("cp310-cp310-musllinux_1_2_x86_64", {"x.cpython-310-x86_64-linux-gnu.so": GOOD}),
    ("cp311-cp311-musllinux_1_2_x86_64", {"x.cpython-311-x86_64-linux-musl.so": GOOD}),
    (f"cp311-cp311-{MAC}", {"x.cpython-311-darwin.so": BUNDLE}),
    ("cp311-cp311-linux_i686", {"x.cpython-311-i386-linux-gnu.so": elf([], ["PyInit_x"], machine=3)}),
    ("cp313-cp313-ios_13_0_arm64_iphoneos", {"x.cpython-313-iphoneos.so": BUNDLE}),
    # a debug build loads what a normal one loads; on Windows only its own
    (f"cp311-cp311d-{LINUX}", {"x.cpython-311-x86_64-linux-gnu.so": GOOD, "p/x.cpython-311d.so": GOOD}),
    (f"cp311-cp311d-{WINDOWS}", {"x_d.cp311-win_amd64.pyd": pe({"python311_d.dll": []}, ["PyInit_x"])}),
    # libraries with the suffix of a module: what a module is linked with, and one for another library to load
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf([], ["PyInit_x"], ["l.abi3.so"]), "l.abi3.so": elf(["PyList_New"])}),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "l.cpython-311-x86_64-linux-gnu.so": PLAIN}),
    (f"cp310.cp315-abi3.abi3t-{LINUX}", {"x.abi3.so": GOOD, "x.abi3t.so": BOTH}),
    (f"py3-none-{LINUX}", {"demo-1.0.data/scripts/tool": PLAIN, "p/native.so": PLAIN}),
    (
        "py3-none-any",
        {"x.cpython-311-x86_64-linux-gnu.so": GOOD, "x.cpython-312-x86_64-linux-gnu.so": GOOD},
    ),
    (
        "cp311-cp311-android_24_arm64_v8a",
        {"x.cpython-311.so": elf([], ["PyInit_x"], ["libpython3.11.so"], machine=183)},
    ),
]


@pytest.mark.parametrize(("tag", "files"), GOOD_WHEELS)
def test_a_good_wheel_has_no_problem(tmp_path: Path, tag: str, files: dict[str, bytes]) -> None:
    assert found(tmp_path, tag, files) == []


def test_a_compressed_set_in_the_wheel_file_is_its_tags(tmp_path: Path) -> None:
    """An installer that reads it expands it, as packaging.tags.parse_tag does."""
    several = f"cp39-abi3-{LINUX}.manylinux2014_x86_64"
    assert audit(wheel(tmp_path, several, {"x.abi3.so": GOOD}, recorded=several), ABI).problems == ()


def test_without_the_stable_abi_no_symbol_and_no_library_is_judged(tmp_path: Path) -> None:
    files = {"x.abi3.so": elf(["_PyObject_Own"], ["PyInit_x"]), "p.libs/libq.so.1": b"\x7fELF damaged"}
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", files)
    assert audit(path, None).problems == ()
    assert [each.code for each in audit(path, ABI).problems] == ["PFB350", "PFB341"]


@pytest.mark.parametrize(
    ("tag", "files", "text"),
    [
        (f"pp311-pypy311_pp73-{LINUX}", {"x.pypy311-pp73-x86_64-linux-gnu.so": GOOD}, "the ABI pypy311_pp73"),
        (f"py3-none-{LINUX}", {"x.so": GOOD}, "the tag py3-none names no ABI"),
        (f"cp316-abi3-{LINUX}", {"x.abi3.so": GOOD}, "symbols that are new in Python 3.16"),
        ("cp39-abi3-haiku_x86", {"x.abi3.so": GOOD}, "the platform haiku_x86"),
        ("cp313-cp313-wasi_wasm32", {"x.cpython-313-wasm32-wasi.so": b"\0asm\1"}, "wasi.so: it is neither ELF nor"),
    ],
)
def test_what_is_not_checked_is_said(tmp_path: Path, tag: str, files: dict[str, bytes], text: str) -> None:
    report = audit(wheel(tmp_path, tag, files, requires_python=None), ABI)
    assert report.problems == ()
    assert text in report.unchecked[0]


@pytest.mark.parametrize(("tag", "suffix"), [("cp311-cp311", "cpython-311-x86_64-linux-gnu"), ("cp39-abi3", "abi3")])
def test_a_file_with_a_dot_in_its_module_name_is_read_though_only_a_loader_of_its_own_finds_it(
    tmp_path: Path, tag: str, suffix: str
) -> None:
    """mpi4py has one for each MPI: MPI.mpich.abi3.so is its module MPI."""
    name = f"p/MPI.mpich.{suffix}.so"
    files = {name: elf(["PyList_New"], ["PyInit_MPI"]), f"p/x.{suffix}.so": GOOD}
    report = audit(wheel(tmp_path, f"{tag}-{LINUX}", files), ABI)
    assert ([module.name for module in report.modules], report.problems) == (["p.x"], ())
    said = f"{name} as a module: Python's import system looks for no name with a dot in it"
    assert said in report.unchecked
    files[name] = elf(["PyList_New"], ["PyInit_MPI"], ["libpython3.so"])
    assert found(tmp_path, f"{tag}-{LINUX}", files) == ["PFB330"]
