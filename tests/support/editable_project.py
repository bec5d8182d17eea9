"""A small PyO3 project that is installed editable, edited and imported; it answers with the sum of its sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from support import verbs
from support.examples import EXAMPLES
from support.files import replace, write
from support.plain_project import PATH

LIB = """use pyo3::prelude::*;

mod part;
include!(concat!(env!("OUT_DIR"), "/made.rs"));

#[pyfunction]
fn answer() -> i64 {
    let number: i64 = include_str!("../data/number.txt").trim().parse().unwrap();
    let more = if cfg!(feature = "more") { 1000 } else { 0 };
    1 + part::part() + MADE + number + more
}

#[pymodule]
fn NAME(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(answer, module)?)
}
"""
# Announces a folder: a file that appears in it counts, too.
SCRIPT = """use std::fs;

fn main() {
    println!("cargo:rerun-if-changed=tables");
    let mut sum = 0;
    for file in fs::read_dir("tables").unwrap() {
        sum += fs::read_to_string(file.unwrap().path()).unwrap().trim().parse::<i64>().unwrap();
    }
    let out = std::env::var("OUT_DIR").unwrap();
    fs::write(out + "/made.rs", format!("const MADE: i64 = {sum};")).unwrap();
}
"""
CARGO = """[package]
name = "demo-editable"
version = "0.1.0"
edition = "2021"

[lib]
name = "{library}"
crate-type = ["cdylib"]

[features]
more = []
default = []

[dependencies]
pyo3 = "0.30"
"""
PYPROJECT = """[build-system]
requires = ["pyo3-features-backend"]
build-backend = "pyo3_features_backend"

[project]
name = "demo-editable"
version = "0.1.0"
requires-python = ">=3.9"

[tool.pyo3-features-backend]
delegate = "{delegate}"
editable-rebuild = true
"""
# The name of the extension module, and the tables of pyproject.toml.
LAYOUTS = {
    ("maturin", "pure"): ("demo.demo", '[tool.maturin]\nmodule-name = "demo"\n'),
    ("maturin", "mixed"): (
        "demo.inner._native",
        '[tool.maturin]\nmodule-name = "demo.inner._native"\npython-source = "python"\n',
    ),
    ("setuptools-rust", "pure"): ("demo", '[[tool.setuptools-rust.ext-modules]]\ntarget = "demo"\n'),
    ("setuptools-rust", "mixed"): (
        "demo.inner._native",
        '[tool.setuptools.packages.find]\nwhere = ["python"]\n'
        '[[tool.setuptools-rust.ext-modules]]\ntarget = "demo.inner._native"\n',
    ),
}


class EditableProject(NamedTuple):
    """The project in ``root``, and the virtual environment ``venv`` in which it is installed."""

    root: Path
    venv: Path
    module: str
    target: Path

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def packages(self) -> Path:
        (found,) = self.venv.glob("lib/*/site-packages")
        return found

    @property
    def loader(self) -> Path:
        return self.packages / "_demo_editable_rebuild"

    @property
    def cargo_calls(self) -> list[str]:
        """The calls of cargo by the loader so far."""
        log = self.root.parent / "cargo.log"
        return log.read_text().splitlines() if log.is_file() else []

    def install(self, front_end: str = "uv", *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Install it editable. The backend and its delegates are in the environment for that time only."""
        visible = self.packages / "backend.pth"
        visible.write_text("".join(f"{folder}\n" for folder in PATH.split(os.pathsep)))
        pip = ["-m", "pip", "--python", str(self.python), "install", "-v", "--no-deps", "--no-build-isolation"]
        uv = ["-m", "uv", "pip", "install", "-v", "--no-deps", "--no-build-isolation", "--offline", "--reinstall"]
        words = [*pip, "--force-reinstall"] if front_end == "pip" else [*uv, "--python", str(self.python)]
        environ = {**self._environ(), "CARGO_TARGET_DIR": str(self.target), **environment}
        words = [sys.executable, *words, *options, "-e", str(self.root)]
        result = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
        visible.unlink()
        assert result.returncode == 0, result.stdout + result.stderr
        return result

    def _environ(self) -> dict[str, str]:
        unwanted = ("VIRTUAL_ENV", "PYTHONPATH", "CARGO_TARGET_DIR", "PIP_", "UV_")
        return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}

    def run(self, code: str, *, as_user: bool = False, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run code in the environment, with a cargo that writes its calls down.

        ``as_user``: for root too, a folder that is not writable is not.
        """
        words = [str(self.python), "-c", code]
        words = verbs.as_user(words) if as_user else words
        return subprocess.run(
            words,
            cwd=self.venv,
            env=self.environ(**environment),
            capture_output=True,
            text=True,
            check=False,
        )

    def environ(self, **environment: str) -> dict[str, str]:
        program = self.root.parent / "bin" / "cargo"
        if not program.is_file():
            program.parent.mkdir(exist_ok=True)
            log = self.root.parent / "cargo.log"
            program.write_text(f'#!/bin/sh\necho "$1" >> {log}\nexec {shutil.which("cargo")} "$@"\n')
            program.chmod(0o755)
        found = self._environ()
        return {**found, "PATH": os.pathsep.join([str(program.parent), found["PATH"]]), **environment}

    @property
    def code(self) -> str:
        return f"from {self.module} import answer; print(answer())"

    def answer(self, **environment: str) -> tuple[int, str]:
        """(what the module answers in a new process, what the process said)."""
        result = self.run(self.code, as_user=False, **environment)
        assert result.returncode == 0, result.stderr
        return int(result.stdout), result.stderr


def make(tmp_path: Path, target: Path, delegate: str = "maturin", layout: str = "mixed") -> EditableProject:
    """Write the project, and make an environment for it."""
    module, tables = LAYOUTS[delegate, layout]
    root, name = tmp_path / "project", module.rpartition(".")[2]
    files = {
        "Cargo.toml": CARGO.format(library=name),
        "pyproject.toml": PYPROJECT.format(delegate=delegate) + tables,
        "build.rs": SCRIPT,
        "src/lib.rs": LIB.replace("NAME", name),
        "src/part.rs": "pub fn part() -> i64 { 0 }\n",
        "data/number.txt": "0\n",
        "tables/first.txt": "0\n",
    }
    if layout == "mixed":
        files.update({"python/demo/__init__.py": "", "python/demo/inner/__init__.py": ""})
    write(root, files)
    shutil.copy(EXAMPLES / "hello" / "Cargo.lock", root)  # so that cargo asks nobody which PyO3 there is
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    return EditableProject(root, venv, module, target)


def set_number(project: EditableProject, number: int) -> None:
    """Let the answer be ``number``, by an edit of lib.rs."""
    text = (project.root / "src/lib.rs").read_text()
    before = next(row for row in text.splitlines() if "part::part()" in row)
    replace(project.root / "src/lib.rs", before, f"    {number} + part::part() + MADE + number + more")
