"""A small project without PyO3 whose wheel answers with the sum of what it was made from: cold in a second."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyo3_features_backend
from support.builds import hook_code
from support.processes import heeds_interrupts

OLD = 1_153_704_088  # seconds since the epoch: the time that maturin gives every file of an sdist
PATH = os.pathsep.join(
    [str(Path(pyo3_features_backend.__file__).parent.parent), *(p for p in sys.path if p.endswith("site-packages"))]
)

# Answers with the sum of what its files, its path crate, a vendored crate, its build script and its environment say.
# Small enough for a cold build in a second.
LIB = """
include!(concat!(env!("OUT_DIR"), "/made.rs"));
fn included() -> i64 { include_str!("../data/number.txt").trim().parse().unwrap() }
fn documented() -> i64 { include_str!("../NOTES.md").trim().parse().unwrap() }
#[no_mangle] pub extern "C" fn answer() -> i64 { 0 + part::part() + dep::dep() + included() + documented() + MADE }
"""
BUILD = """
fn main() {
    let said: i64 = std::fs::read_to_string("table.csv").unwrap().trim().parse().unwrap();
    let env: i64 = std::env::var("DEMO_DIR").map_or(0, |word| word.parse().unwrap());
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(out + "/made.rs", format!("const MADE: i64 = {};", said + env)).unwrap();
    RERUN
}
"""
CHECKSUM = "0" * 64
LOCK = f"""version = 3
[[package]]
name = "dep"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "{CHECKSUM}"
[[package]]
name = "part"
version = "1.0.0"
[[package]]
name = "plain"
version = "1.0.0"
dependencies = ["dep", "part"]
"""
FILES: dict[str, Callable[[int], str]] = {
    "src/lib.rs": lambda number: LIB.replace("0 +", f"{number} +"),
    "part/src/lib.rs": lambda number: f"pub fn part() -> i64 {{ {number} }}\n",
    "vendor/dep/src/lib.rs": lambda number: f"pub fn dep() -> i64 {{ {number} }}\n",
    "data/number.txt": lambda number: f"{number}\n",
    "NOTES.md": lambda number: f"{number}\n",
    "table.csv": lambda number: f"{number}\n",
}


class Project(NamedTuple):
    """An unpacked sdist that is made anew in another folder for each build."""

    where: Path
    delegate: str
    rerun: bool = True
    vendored: bool = False

    def write(self, numbers: dict[str, int]) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self.where)) / "plain-1.0"
        files = {name: text(numbers.get(name, 0)) for name, text in FILES.items()}
        if not self.vendored:
            files["src/lib.rs"] = files["src/lib.rs"].replace("dep::dep()", "0")
        rerun = 'println!("cargo:rerun-if-changed=table.csv");' if self.rerun else ""
        kind = "cdylib" if self.delegate == "setuptools-rust" else "rlib"
        files["build.rs"] = BUILD.replace("RERUN", rerun)
        files["Cargo.toml"] = (
            f'[package]\nname = "plain"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["{kind}"]\n'
            '[dependencies]\npart = { path = "part" }\n'
        )
        if self.vendored:  # for each new folder cargo compiles such a crate again
            files["Cargo.toml"] += 'dep = "1"\n'
            files["Cargo.lock"] = LOCK
            files[".cargo/config.toml"] = (
                '[source.crates-io]\nreplace-with = "here"\n[source.here]\ndirectory = "vendor"\n'
            )
            files["vendor/dep/Cargo.toml"] = '[package]\nname = "dep"\nversion = "1.0.0"\nedition = "2021"\n'
            files["vendor/dep/.cargo-checksum.json"] = json.dumps({"files": {}, "package": CHECKSUM})
        files["part/Cargo.toml"] = '[package]\nname = "part"\nversion = "1.0.0"\nedition = "2021"\n'
        files["PKG-INFO"] = "Metadata-Version: 2.1\nName: plain\nVersion: 1.0\n"
        files["pyproject.toml"] = (
            f'[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
            f'[project]\nname = "plain"\nversion = "1.0"\n'
            f'[tool.pyo3-features-backend]\ndelegate = "{self.delegate}"\nverify = []\n'
        )
        if self.delegate == "setuptools-rust":
            files["setup.py"] = (
                "from setuptools import setup\nfrom setuptools_rust import Binding, RustExtension\n"
                'setup(name="plain", version="1.0", packages=[], py_modules=[], zip_safe=False,\n'
                '      rust_extensions=[RustExtension("plain", binding=Binding.NoBinding)])\n'
            )
        else:
            files["pyproject.toml"] += '[tool.maturin]\nbindings = "bin"\n'
            files["src/main.rs"] = 'fn main() { println!("{}", plain::answer()); }\n'
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        for file in [folder, *folder.rglob("*")]:
            os.utime(file, (OLD, OLD))
        return folder

    def tree(self, numbers: dict[str, int]) -> Path:
        """The same as a source tree that somebody works in."""
        folder = self.write(numbers)
        (folder / "PKG-INFO").unlink()
        return folder

    def build(self, folder: Path, **environment: str) -> tuple[int, str]:
        """(the answer of the wheel, what the build said); the folder is gone then."""
        answer, said = self.rebuild(folder, **environment)
        shutil.rmtree(folder.parent)
        return answer, said

    def rebuild(self, folder: Path, **environment: str) -> tuple[int, str]:
        """The same, but the folder stays."""
        result = run(folder, folder.parent, **environment)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        answer = self.answer(wheel)
        wheel.unlink()
        return answer, result.stderr + result.stdout

    def answer(self, wheel: Path) -> int:
        """What the library or the program in a wheel says."""
        unpacked = wheel.parent / "wheel"
        shutil.unpack_archive(wheel, unpacked, "zip")
        if self.delegate == "setuptools-rust":
            (library,) = unpacked.glob("plain*.so")
            code = f"import ctypes; f = ctypes.CDLL({str(library)!r}).answer; f.restype = ctypes.c_int64; print(f())"
            words = [sys.executable, "-c", code]
        else:
            (program,) = unpacked.glob("*.data/scripts/plain")
            program.chmod(0o755)
            words = [str(program)]
        answer = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        shutil.rmtree(unpacked)
        return int(answer)


def edit(file: Path, text: str) -> None:
    """Write a file that keeps its old time, as an archive or a backup does."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    os.utime(file, (OLD, OLD))


COMMAND = """
import os, shutil
from setuptools.command.build import build
class Build(build):
    def run(self):
        {code}
        super().run()
"""


def with_command(setup: str, code: str) -> str:
    """A setup.py whose command ``build`` runs one line of Python first, which is after the build was planned."""
    return setup.replace("setup(name", COMMAND.format(code=code) + "setup(cmdclass={'build': Build}, name")


def environ(**more: str) -> dict[str, str]:
    """The environment of a person's own build."""
    found = {**os.environ, "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "on", **more}
    for name in ("CARGO_TARGET_DIR", "CI"):
        if name not in more:
            found.pop(name, None)
    return found


def run(
    folder: Path,
    dist: Path,
    python: str = sys.executable,
    hook: str = "build_wheel",
    arguments: str = "",
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    """What a hook says that runs in a process of its own, as in a person's own build."""
    code = hook_code(dist, hook, {"build-args": arguments} if arguments else None)
    return subprocess.run(
        [python, "-c", code], cwd=folder, capture_output=True, text=True, check=False, env=environ(**environment)
    )


def start(folder: Path, **environment: str) -> subprocess.Popen[str]:
    """Begin such a build, which a test can interrupt."""
    return subprocess.Popen(
        [sys.executable, "-c", hook_code(folder.parent)],
        cwd=folder,
        env=environ(**environment),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=heeds_interrupts,
    )


def packages(said: str) -> list[str]:
    """The packages that cargo compiled, by its own words."""
    return sorted(row.split()[1] for row in said.splitlines() if row.strip().startswith("Compiling "))
