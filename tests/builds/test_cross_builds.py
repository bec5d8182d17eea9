"""Real builds for a target that cannot be run here."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pyo3_features_backend.delegates import setuptools_rust
from support.builds import Build, wheel_of
from support.examples import example

pytestmark = pytest.mark.build


def config(minor: int) -> str:
    return (
        f"implementation=CPython\nversion=3.{minor}\nshared=true\npointer_width=64\nbuild_flags=Py_GIL_DISABLED\n"
        f"abiflags=t\nabi_tag=3{minor}t\next_suffix=.cpython-3{minor}t-x86_64-linux-gnu.so\n"
    )


@pytest.mark.parametrize("project", ["hello", "setuptools"])
@pytest.mark.parametrize(("minor", "abi3t", "tag"), [(14, "auto", "cp314-cp314t"), (15, "3.15", "cp315-abi3.abi3t")])
def test_a_free_threaded_python_is_built_for_from_a_configuration_file(
    build: Build, tmp_path: Path, project: str, minor: int, abi3t: str, tag: str
) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("not run: the file is for Linux on x86_64")
    if project == "setuptools" and abi3t != "auto" and setuptools_rust.older("setuptools", "84.2"):
        pytest.skip("not run: no setuptools that writes abi3t for this Python")
    file = tmp_path / "pyo3.txt"
    file.write_text(config(minor))
    result = build(example(project, tmp_path), PYO3_CONFIG_FILE=str(file), PYO3_FEATURES_BACKEND_ABI3T=abi3t)
    wheel = wheel_of(tmp_path, result)
    assert f"-{tag}-" in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        (extension,) = [name for name in archive.namelist() if name.endswith(".so")]
        library = Path(archive.extract(extension, tmp_path))
    assert (".abi3t" if minor == 15 else ".cpython-314t-") in extension
    if minor == 15 and sys.version_info >= (3, 10):  # for 3.9 there is no abi3info that knows 3.15
        from abi3info import DATAS, FUNCTIONS

        names = subprocess.run(
            ["nm", "-D", "--undefined-only", str(library)], capture_output=True, text=True, check=True
        )
        used = {word for word in names.stdout.split() if word.startswith(("Py", "_Py"))}
        stable = {one.name for one in [*FUNCTIONS, *DATAS]}
        assert used
        assert used <= stable
        # PyModuleDef is opaque in abi3t (PEP 803), so nothing that takes one can be called.
        assert not {name for name in used if name.startswith(("PyModuleDef", "PyModule_Create", "PyModule_FromDef"))}
