"""Wheels for aarch64, built on x86_64 through both delegates and imported under qemu.

`tox -e aarch64` installs what it needs (tools/aarch64.sh); without that the tests say that they are not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.examples import example

pytestmark = pytest.mark.build

ROOT = Path(os.environ.get("PFB_ARM64_ROOT", "/nowhere"))
PYTHON = ROOT / "usr" / "bin" / "python3.11"
TRIPLE = "aarch64-unknown-linux-gnu"
if not (PYTHON.is_file() and shutil.which("qemu-aarch64") and Path(f"/usr/lib/rustlib/{TRIPLE}").is_dir()):
    pytest.skip("not run: there is no aarch64 toolchain and Python (tox -e aarch64)", allow_module_level=True)


ENVIRONMENT = {
    "CARGO_BUILD_TARGET": TRIPLE,
    "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": "aarch64-linux-gnu-gcc",
    "PATH": f"/usr/bin:{os.environ['PATH']}",  # Debian's cargo, which has this target's standard library
}


@pytest.mark.parametrize("project", ["hello", "setuptools"])
@pytest.mark.parametrize(("version", "tag"), [("3.12", "cp312-cp312"), ("3.14t", "cp314-cp314t"), ("", "")])
def test_a_python_that_is_known_by_its_version_only_is_built_for(
    build: Build, tmp_path: Path, project: str, version: str, tag: str
) -> None:
    named = {"PYO3_CROSS_PYTHON_VERSION": version} if version else {}
    own = "cp{0}{1}-cp{0}{1}".format(*sys.version_info)
    result = build(example(project, tmp_path), config=None, **ENVIRONMENT, **named, PYO3_FEATURES_BACKEND_ABI3="off")
    assert wheel_of(tmp_path, result).name.endswith(f"-{tag or own}-linux_aarch64.whl")


@pytest.mark.parametrize(
    ("project", "module"),
    [("hello", "hello_pyo3.greet('you')"), ("setuptools", "mixed.double(21)")],
)
@pytest.mark.parametrize(("abi3", "tag"), [("auto", "cp39-abi3"), ("off", "cp311-cp311")])
def test_a_cross_built_wheel_is_imported_under_qemu(
    build: Build, tmp_path: Path, project: str, module: str, abi3: str, tag: str
) -> None:
    environment = {**ENVIRONMENT, "PYO3_FEATURES_BACKEND_ABI3": abi3}
    if abi3 == "off":
        environment["PYO3_CROSS_LIB_DIR"] = str(ROOT / "usr" / "lib" / "python3.11")
    wheel = wheel_of(tmp_path, build(example(project, tmp_path), config=None, **environment))
    assert wheel.name.endswith(f"-{tag}-linux_aarch64.whl")
    folder = wheel.with_suffix("")
    shutil.unpack_archive(wheel, folder, "zip")
    code = f"import platform, {module.split('.')[0]}; print(platform.machine(), {module})"
    said = subprocess.run(
        ["qemu-aarch64", "-L", str(ROOT), "-E", f"PYTHONHOME={ROOT / 'usr'}", "-E", f"PYTHONPATH={folder}", str(PYTHON)]
        + ["-c", code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.stdout in ("aarch64 Hello, you, from Rust\n", "aarch64 42\n"), said.stderr
