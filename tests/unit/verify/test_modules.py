"""The extension modules of a wheel: suffix, platform, entry point, and two files for one module."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.model.words import Severity
from pyo3_features_backend.verify.audit import audit
from support.audits import ARM, BOTH, BOUND, BUNDLE, GOOD, LINUX, MODEXPORT, PLAIN, STABLE, WINDOWS, found
from support.binaries import elf, wheel

WHEELS = [
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
]


@pytest.mark.parametrize(("tag", "files", "codes"), WHEELS)
def test_a_module_that_the_pythons_of_the_tag_do_not_import_is_told(
    tmp_path: Path, tag: str, files: dict[str, bytes], codes: list[str]
) -> None:
    assert found(tmp_path, tag, files, None) == codes


def test_a_module_of_the_project_needs_an_entry_point(tmp_path: Path) -> None:
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", {"p/x.abi3.so": PLAIN, "p/lib.abi3.so": PLAIN})
    problems = audit(path, None, {"x"}).problems
    assert [(each.code, each.severity) for each in problems] == [("PFB321", Severity.ERROR)]
    assert "p/x.abi3.so exports no PyInit_x" in problems[0].message


def test_a_module_of_the_project_needs_the_right_suffix_too(tmp_path: Path) -> None:
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", {"x.cpython-311-x86_64-linux-gnu.so": PLAIN})
    assert [each.code for each in audit(path, None).problems] == ["PFB321"]
    assert "PFB310" in [each.code for each in audit(path, None, {"x"}).problems]
