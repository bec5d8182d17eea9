"""What an audit says of a wheel: each case is a wheel with binaries made for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.model.words import Severity
from pyo3_features_backend.verify.audit import audit
from pyo3_features_backend.verify.stable_abi import StableAbi
from support.binaries import LIBC, elf, macho, pe, universal, wheel

# As CPython's own Misc/stable_abi.toml has them.
ABI = StableAbi(
    {
        "PyList_New": (3, 2),
        "PyModuleDef_Init": (3, 5),
        "PyCMethod_New": (3, 9),
        "PyModule_AddType": (3, 10),
        "PyObject_GetBuffer": (3, 11),
        "PyType_GetModuleByToken": (3, 15),
    },
    (3, 15),
)
LINUX, MAC, WINDOWS = "manylinux_2_17_x86_64", "macosx_11_0_arm64", "win_amd64"
GOOD = elf(["PyList_New", "malloc"], ["PyInit_x"])
ARM = elf(["PyList_New"], ["PyInit_x"], machine=183)
MODEXPORT = elf(["PyList_New"], ["PyModExport_x"])
BOTH = elf(["PyList_New"], ["PyInit_x", "PyModExport_x"])
PLAIN = elf(["malloc"], ["answer"])
BOUND = pe({"python311.dll": ["PyList_New"]}, ["PyInit_x"])
STABLE = pe({"python3.dll": ["PyList_New"], "KERNEL32.dll": ["Sleep"]}, ["PyInit_x"])
STABLE_T = pe({"python3t.dll": ["PyList_New"]}, ["PyInit_x", "PyModExport_x"])
BUNDLE = macho([("PyList_New", 254)], ["PyInit_x"])
INTEL = macho([("PyList_New", 254)], ["PyInit_x"], machine=0x01000007)


def found(folder: Path, tag: str, files: dict[str, bytes], requires_python: str | None = ">=3.9") -> list[str]:
    """The codes of the problems, with a "w" after those that are warnings."""
    report = audit(wheel(folder, tag, files, requires_python=requires_python), ABI)
    return [each.code + ("w" if each.severity == Severity.WARNING else "") for each in report.problems]


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


BAD_WHEELS = [
    # suffix
    (f"cp39-abi3-{LINUX}", {"x.cpython-311-x86_64-linux-gnu.so": GOOD}, ["PFB310"]),
    (f"cp312-cp312-{LINUX}", {"x.cpython-311-x86_64-linux-gnu.so": GOOD}, ["PFB310"]),
    (f"cp313-cp313-{LINUX}", {"x.cpython-313t-x86_64-linux-gnu.so": GOOD}, ["PFB310"]),
    (f"cp313-cp313t-{LINUX}", {"x.abi3.so": GOOD}, ["PFB310"]),
    (f"cp314-abi3-{LINUX}", {"x.abi3t.so": BOTH}, ["PFB310"]),
    (f"cp314-abi3-{LINUX}", {"x.abi3-x86_64-linux-gnu.so": GOOD}, ["PFB310"]),
    (f"cp315-abi3.abi3t-{LINUX}", {"x.abi3.so": BOTH}, ["PFB310"]),
    (f"cp39-abi3-{WINDOWS}", {"x.abi3.pyd": STABLE}, ["PFB310"]),
    (f"py3-none-{LINUX}", {"x.cpython-311-x86_64-linux-gnu.so": GOOD}, ["PFB310w"]),
    # two files
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "x.cpython-311-x86_64-linux-gnu.so": GOOD}, ["PFB311w", "PFB312"]),
    (f"cp311-cp311-{LINUX}", {"x.abi3.so": GOOD, "x.cpython-311-x86_64-linux-gnu.so": GOOD}, ["PFB312"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "demo-1.0.data/purelib/x.abi3.so": GOOD}, ["PFB312"]),
    (
        f"cp311-cp311-{LINUX}",
        {"x.cpython-310-x86_64-linux-gnu.so": GOOD, "x.cpython-311-x86_64-linux-gnu.so": GOOD},
        ["PFB311w"],
    ),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "x/__init__.py": b""}, ["PFB313w"]),
    # platform
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": ARM}, ["PFB314"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": BUNDLE}, ["PFB314"]),
    ("cp39-abi3-macosx_10_12_universal2", {"x.abi3.so": BUNDLE}, ["PFB314"]),
    (f"cp311-cp311-{LINUX}", {"x.cpython-311-aarch64-linux-gnu.so": GOOD}, ["PFB314"]),
    (f"cp311-cp311-{LINUX}", {"x.cpython-311-darwin.so": GOOD}, ["PFB314"]),
    (f"cp311-cp311-{LINUX}", {"x.cpython-311-x86_64-linux-musl.so": GOOD}, ["PFB314"]),
    (f"cp311-cp311-{LINUX}", {"x.cpython-311-x86_64-linux-android.so": GOOD}, ["PFB314"]),
    ("cp311-cp311-musllinux_1_2_x86_64", {"x.cpython-311-x86_64-linux-gnu.so": GOOD}, ["PFB314"]),
    (f"cp311-cp311-{WINDOWS}", {"x.cp311-win32.pyd": BOUND}, ["PFB314"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": b""}, ["PFB314"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": b"version https://git-lfs.github.com/spec/v1"}, ["PFB314"]),
    # entry point
    (f"cp39-abi3-{LINUX}", {"y.abi3.so": GOOD}, ["PFB320"]),
    (f"cp39-abi3-{LINUX}", {"y.abi3.so": elf([], ["PyInit_a", "PyInit_b"])}, ["PFB320w"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyList_New"])}, ["PFB321"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "y.abi3.so": elf(["PyList_New"])}, ["PFB321w"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": PLAIN}, ["PFB321w"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": PLAIN, "y.abi3.so": PLAIN}, ["PFB321w"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": MODEXPORT}, ["PFB322"]),
    (f"cp315-abi3.abi3t-{LINUX}", {"x.abi3t.so": GOOD}, ["PFB322"]),
    # libraries
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf([], ["PyInit_x"], ["libpython3.11.so.1.0", *LIBC])}, ["PFB331"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf([], ["PyInit_x"], ["libpython3.so"])}, ["PFB330"]),
    (f"cp311-cp311-{LINUX}", {"x.so": elf([], ["PyInit_x"], ["libpython3.11-0a1b2c3d.so.1.0"])}, ["PFB330"]),
    (f"cp311-cp311-{LINUX}", {"x.so": elf([], ["PyInit_x"], ["libpython3.10.so.1.0"])}, ["PFB331"]),
    (
        f"cp311-cp311-{MAC}",
        {"x.so": macho([], ["PyInit_x"], ["@rpath/Python.framework/Versions/3.11/Python"])},
        ["PFB330"],
    ),
    (f"cp39-abi3-{MAC}", {"x.so": macho([], ["PyInit_x"], ["/opt/lib/libpython3.11.dylib"])}, ["PFB331"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": BOUND}, ["PFB331"]),
    (f"cp312-cp312-{WINDOWS}", {"x.pyd": BOUND}, ["PFB331"]),
    (f"cp313-cp313t-{WINDOWS}", {"x.pyd": pe({"python313.dll": []}, ["PyInit_x"])}, ["PFB331"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": pe({"python3_d.dll": []}, ["PyInit_x"])}, ["PFB331"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": pe({"python3t.dll": []}, ["PyInit_x"])}, ["PFB331"]),
    (f"cp315-abi3.abi3t-{WINDOWS}", {"x.pyd": pe({"python3.dll": []}, ["PyModExport_x"])}, ["PFB331"]),
    # symbols
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyObject_GetBuffer"], ["PyInit_x"])}, ["PFB340"]),
    (f"cp39-abi3-{WINDOWS}", {"x.pyd": pe({"python3.dll": ["PyObject_GetBuffer"]}, ["PyInit_x"])}, ["PFB340"]),
    ("cp39-abi3-macosx_10_12_universal2", {"x.so": universal(INTEL, macho([("PyObject_GetBuffer", 254)]))}, ["PFB340"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["_PyObject_Own"], ["PyInit_x"])}, ["PFB341"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD, "p.libs/libq.so.1": elf(["_PyList_Extend"])}, ["PFB341"]),
    (f"cp39-abi3-{LINUX}", {"x.abi3.so": elf(["PyQt_New"], ["PyInit_x"], ["libQt.so.6"])}, ["PFB342w"]),
    (f"cp315-abi3-{LINUX}", {"x.abi3.so": elf(["PyList_Newest"], ["PyInit_x"])}, ["PFB342w"]),
    (f"cp38-cp38-{LINUX}", {"x.so": elf(["PyCMethod_New"], ["PyInit_x"])}, ["PFB343"]),
    (f"cp312-cp312-{LINUX}", {"x.so": elf(["PyType_GetModuleByToken"], ["PyInit_x"])}, ["PFB343"]),
]


@pytest.mark.parametrize(("tag", "files", "codes"), BAD_WHEELS)
def test_a_bad_wheel_has_the_problem(tmp_path: Path, tag: str, files: dict[str, bytes], codes: list[str]) -> None:
    assert found(tmp_path, tag, files, None) == codes


@pytest.mark.parametrize(
    ("tag", "requires", "codes"),
    [
        ("cp39-abi3", ">=3.9", []),
        ("cp39-abi3", ">=3.8", []),
        ("cp39-abi3", None, []),
        ("cp39-abi3", ">=3.11", ["PFB305w"]),
        ("cp39-abi3", "<3.9", ["PFB304"]),
        ("cp39-abi3", "three", ["PFB304"]),
        ("cp311-cp311", ">=3.12", ["PFB304"]),
        ("cp311-cp311", ">=3.9,<3.12", []),
        ("cp311-cp311", ">=3.11.4", []),
        ("cp39.cp310-cp39.cp310", ">=3.10", []),
        ("py3-abi3", ">=3.9", ["PFB303"]),
        ("cp39-cp310", ">=3.9", ["PFB303"]),
        ("py3-none", ">=3.9", []),
    ],
)
def test_the_tag_against_requires_python(tmp_path: Path, tag: str, requires: str | None, codes: list[str]) -> None:
    assert found(tmp_path, f"{tag}-{LINUX}", {}, requires) == codes


def test_a_message_names_the_file_the_symbol_and_the_python_that_added_it(tmp_path: Path) -> None:
    files = {"p/x.abi3.so": elf(["PyObject_GetBuffer", "PyModule_AddType"], ["PyInit_x"])}
    (problem,) = audit(wheel(tmp_path, f"cp39-abi3-{LINUX}", files), ABI).problems
    assert str(problem) == (
        f"pyo3-features-backend: error: demo-1.0-cp39-abi3-{LINUX}.whl: p/x.abi3.so needs"
        " PyModule_AddType (since 3.10), PyObject_GetBuffer (since 3.11),"
        " which the stable ABI does not have before; the tag is cp39-abi3 [PFB340]\n"
        "  help: raise the floor to 3.11, or do without what needs the symbol"
    )


def test_a_renamed_wheel_is_told(tmp_path: Path) -> None:
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD}, recorded=f"cp311-cp311-{LINUX}")
    (problem,) = audit(path, ABI).problems
    assert problem.code == "PFB302"
    assert f"only the name has cp39-abi3-{LINUX}; only WHEEL has cp311-cp311-{LINUX}" in problem.message


def test_a_compressed_set_in_the_wheel_file_is_its_tags(tmp_path: Path) -> None:
    """An installer that reads it expands it, as packaging.tags.parse_tag does."""
    several = f"cp39-abi3-{LINUX}.manylinux2014_x86_64"
    assert audit(wheel(tmp_path, several, {"x.abi3.so": GOOD}, recorded=several), ABI).problems == ()


def test_a_module_of_the_project_needs_the_right_suffix_too(tmp_path: Path) -> None:
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", {"x.cpython-311-x86_64-linux-gnu.so": PLAIN})
    assert [each.code for each in audit(path, None).problems] == ["PFB321"]
    assert "PFB310" in [each.code for each in audit(path, None, {"x"}).problems]


def test_without_the_stable_abi_no_symbol_and_no_library_is_judged(tmp_path: Path) -> None:
    files = {"x.abi3.so": elf(["_PyObject_Own"], ["PyInit_x"]), "p.libs/libq.so.1": b"\x7fELF damaged"}
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", files)
    assert audit(path, None).problems == ()
    assert [each.code for each in audit(path, ABI).problems] == ["PFB350", "PFB341"]


def test_a_module_of_the_project_needs_an_entry_point(tmp_path: Path) -> None:
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", {"p/x.abi3.so": PLAIN, "p/lib.abi3.so": PLAIN})
    problems = audit(path, None, {"x"}).problems
    assert [(each.code, each.severity) for each in problems] == [("PFB321", Severity.ERROR)]
    assert "p/x.abi3.so exports no PyInit_x" in problems[0].message


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
