"""Type stubs that PyO3 describes and maturin writes: they are in the wheel, and mypy takes them."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.files import append, replace, write
from support.verbs import module

pytestmark = pytest.mark.build

LIB = """
#[pyo3::pymodule]
mod EXTENSION {
    use pyo3::prelude::*;

    #[pyfunction]
    #[pyo3(signature = (name, times=1))]
    fn greet(name: &str, times: usize) -> String {
        format!("Hello, {name}!").repeat(times)
    }

    #[pyclass]
    struct Point {
        #[pyo3(get, set)]
        x: Option<f64>,
    }

    #[pymethods]
    impl Point {
        #[new]
        fn new(x: Option<f64>) -> Self {
            Self { x }
        }
    }
}
"""
USE = """from thing{inside} import Point, greet

reveal_type(greet("you", times=2))
reveal_type(Point(1.5).x)
greet(3)
"""
STUBS = "\n[tool.pyo3-features-backend]\nstubs = true\n"


def project(tmp_path: Path, *words: str) -> Path:
    """A new project without stubs of its own, that asks for them."""
    made = module(["pyo3_features_backend", "new", "thing", *words], tmp_path)
    assert made.returncode == 0, made.stderr
    root = tmp_path / "thing"
    for file in root.rglob("*.pyi"):
        file.unlink()
    extension = "_native" if (root / "python").is_dir() else "thing"
    write(root, {"src/lib.rs": LIB.replace("EXTENSION", extension)})
    append(root, "pyproject.toml", STUBS)
    return root


def said_by_mypy(wheel: Path, tmp_path: Path, inside: str = "") -> str:
    """What mypy says of a use of the wheel's module."""
    pytest.importorskip("mypy")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    user = write(tmp_path / "user", {"use.py": USE.format(inside=inside)})
    result: subprocess.CompletedProcess[str] = module(
        ["mypy", "--strict", "use.py"], user, MYPYPATH=str(tmp_path / "site")
    )
    return result.stdout


@pytest.mark.parametrize(
    ("words", "stub", "inside"),
    [((), "thing/__init__.pyi", ""), (("--mixed",), "thing/_native.pyi", "._native")],
    ids=["plain", "mixed"],
)
def test_the_wheel_has_stubs_that_mypy_takes(
    words: tuple[str, ...], stub: str, inside: str, tmp_path: Path, build: Build
) -> None:
    root = project(tmp_path, *words)
    before = sorted(root.rglob("*.pyi"))
    wheel = wheel_of(tmp_path, build(root))
    names = zipfile.ZipFile(wheel).namelist()
    assert {stub, "thing/py.typed"} <= set(names), names
    assert sorted(root.rglob("*.pyi")) == before
    said = said_by_mypy(wheel, tmp_path, inside)
    assert 'Revealed type is "str"' in said
    assert 'Revealed type is "float | None"' in said
    assert 'Argument 1 to "greet" has incompatible type "int"; expected "str"' in said
    assert "Found 1 error in 1 file" in said


def test_a_stub_that_an_editable_build_wrote_is_left_out_and_written_anew(tmp_path: Path, build: Build) -> None:
    root = project(tmp_path, "--mixed")
    stub = root / "python" / "thing" / "_native.pyi"
    wheel_of(tmp_path, build(root, "build_editable"))
    first = stub.read_text()
    assert "def greet(" in first
    stub.write_text("OLD: int\n")
    refused = build(root)
    assert (refused.returncode, "[PFB159]" in refused.stderr) == (1, True), refused.stderr
    (line,) = re.findall(r"exclude = \[.+?\]", refused.stderr)
    replace(root / "pyproject.toml", "[tool.maturin]\n", f"[tool.maturin]\n{line}\n")
    assert zipfile.ZipFile(wheel_of(tmp_path, build(root))).read("thing/_native.pyi").decode() == first
    assert stub.read_text() == "OLD: int\n"
    wheel_of(tmp_path, build(root, "build_editable"))
    assert stub.read_text() == first
    assert build(root, "build_sdist").returncode == 0
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert [name for name in archive.getnames() if name.endswith(".pyi")] == []


def test_a_module_that_is_a_function_gets_a_stub_that_takes_everything(tmp_path: Path, build: Build) -> None:
    root = project(tmp_path)
    library = (
        "use pyo3::prelude::*;\n#[pymodule]\nfn thing(module: &Bound<'_, PyModule>) -> PyResult<()> {\n"
        '    module.add("ANSWER", 42)\n}\n'
    )
    write(root, {"src/lib.rs": library})
    wheel = wheel_of(tmp_path, build(root))
    stub = zipfile.ZipFile(wheel).read("thing/__init__.pyi").decode()
    assert "def __getattr__(name: str) -> Incomplete" in stub


def test_setuptools_rust_says_that_it_cannot_and_builds_nothing(tmp_path: Path, build: Build) -> None:
    root = project(tmp_path, "--delegate", "setuptools-rust")
    result = build(root)
    assert result.returncode == 1
    assert "pyproject.toml:" in result.stderr
    assert "error[PFB158]: pyproject.toml:34: setuptools-rust cannot write type stubs" in result.stderr
    assert not os.listdir(tmp_path / "dist")  # noqa: PTH208
    replace(root / "pyproject.toml", "stubs = true", "stubs = false")
    wheel_of(tmp_path, build(root))
