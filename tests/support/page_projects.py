"""The folders that the commands of the pages run in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pyo3_features_backend.verify import stable_abi
from support.binaries import elf, pe, wheel
from support.examples import EXAMPLES, example
from support.files import add, replace, write
from support.pages import read
from support.readme import project

Prepare = Callable[[Path], Path]
TABLE = "[tool.pyo3-features-backend]\n"
# The wheels of its plan, and what a module is called that a Python without the stable ABI loads.
SUFFIXES = {
    "cp311-cp311": ".cpython-311-x86_64-linux-gnu.so",
    "cp314-cp314t": ".cpython-314t-x86_64-linux-gnu.so",
    "cp315-cp315t": ".cpython-315t-x86_64-linux-gnu.so",
    "pp311-pypy311_pp80": ".pypy311-pp80-x86_64-linux-gnu.so",
    "pp312-pypy312_pp80": ".pypy312-pp80-x86_64-linux-gnu.so",
}
PLAN = ("cp39-abi3", *list(SUFFIXES)[1:])
LINUX = "manylinux_2_17_x86_64"


def empty(scratch: Path) -> Path:
    """A folder without a project."""
    return write(scratch / "empty", {"empty": ""})


def hello(scratch: Path) -> Path:
    """The project of the README and of the tutorial, with the lock file of the example, so that nothing is resolved."""
    folder = project(scratch / "hello")
    shutil.copyfile(EXAMPLES / "hello" / "Cargo.lock", folder / "Cargo.lock")
    return folder


def examples(scratch: Path) -> Path:
    """What a checkout has, as far as the commands of examples/README.md look."""
    shutil.copytree(EXAMPLES, scratch / "examples", ignore=shutil.ignore_patterns("target"))
    return scratch


def with_settings(*settings: str, requires_python: str = ">=3.9") -> Prepare:
    """The same project with settings."""

    def prepare(scratch: Path) -> Path:
        folder = hello(scratch)
        replace(folder / "pyproject.toml", ">=3.9", requires_python)
        add(folder / "pyproject.toml", "\n".join(["", TABLE.strip(), *settings, ""]))
        return folder

    return prepare


def without_cache_keys(scratch: Path) -> Path:
    return example("hello", scratch)


def with_maturin(scratch: Path) -> Path:
    """The same with maturin as its backend, as it was before `migrate`."""
    folder = hello(scratch)
    replace(folder / "pyproject.toml", "pyo3-features-backend>=0.1,<0.2", "maturin>=1.9,<2")
    replace(folder / "pyproject.toml", "pyo3_features_backend", "maturin")
    replace(folder / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py39"] }')
    return folder


def crate(scratch: Path) -> Path:
    """A crate that is no Python package."""
    manifest = '[package]\nname = "sums"\nversion = "0.1.0"\nedition = "2021"\n'
    source = "pub fn add(one: u8, other: u8) -> u8 {\n    one + other\n}\n"
    return write(scratch / "sums", {"Cargo.toml": manifest, "src/lib.rs": source})


def audited(scratch: Path) -> Path:
    """The wheels of docs/audit.md, as far as an audit looks."""
    folder = scratch / "dist"
    folder.mkdir()
    stable = [name for name, since in stable_abi.load().added.items() if since == (3, 2)]
    module = pe({"python3.dll": stable[:86]}, ["PyInit__rust_notify"])
    wheel(folder, "cp310-abi3-win_amd64", {"watchfiles/_rust_notify.pyd": module}, project="watchfiles-1.3.0")
    module = elf(["PyList_New", "PyCMethod_New", "PyInterpreterState_Get"], ["PyInit_zenoh"])
    tag, file = f"cp38-cp38-{LINUX}.manylinux2014_x86_64", "zenoh/zenoh.cpython-38-x86_64-linux-gnu.so"
    wheel(scratch, tag, {file: module}, project="eclipse_zenoh-1.8.0", requires_python=">=3.8")
    return scratch


def built(*tags: str) -> Prepare:
    """The project with its wheels for Linux in dist, as far as an audit looks."""

    def prepare(scratch: Path) -> Path:
        folder = hello(scratch)
        (folder / "dist").mkdir()
        for tag in tags:
            suffix = ".abi3.so" if tag.endswith("abi3") else SUFFIXES[tag]
            module = elf(["PyList_New"], ["PyInit_hello_pyo3"])
            wheel(folder / "dist", f"{tag}-{LINUX}", {f"hello_pyo3{suffix}": module}, project="hello_pyo3-0.1.0")
        return folder

    return prepare


def configured(scratch: Path) -> Path:
    """The project with the build configuration of docs/targets.md as FILE."""
    folder = hello(scratch)
    (block,) = (block for block in read("docs/targets.md") if block.first.startswith("implementation="))
    return write(folder, {"FILE": block.text})
