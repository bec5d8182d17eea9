"""One compile for one stable-ABI wheel, whichever Pythons ask for it; and a place for each Python where it matters."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.builds import hook_code
from support.examples import ROOT, example
from support.plain_project import OLD, environ, packages
from support.pythons import call, pythons

pytestmark = pytest.mark.build

GREET = "import hello_pyo3; print(hello_pyo3.greet('you'))"
DOUBLE = "import mixed; print(mixed.double(21))"
RUNS_PYTHON = """
fn main() {
    let python = std::env::var("PYO3_PYTHON").unwrap();
    let code = "import sys; print(sys.version_info[1])";
    let said = std::process::Command::new(python).args(["-c", code]).output().unwrap();
    println!("cargo:rustc-env=ASKED={}", String::from_utf8(said.stdout).unwrap().trim());
}
"""
HARMLESS = """// Which Python it is for.
fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
"""


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A virtual environment with the delegates for each Python that a build can run in: version -> its interpreter."""
    found = {}
    named = sorted(pythons().items(), key=lambda item: tuple(map(int, item[0].split("."))))
    able = [(name, python) for name, python in named if tuple(map(int, name.split("."))) >= (3, 9)]
    # Three are enough to tell; benchmarks/rebuilds.py takes five.
    for name, python in dict.fromkeys([able[0], able[len(able) // 2], able[-1]]):
        folder = tmp_path_factory.mktemp(f"python{name}-") / "environment"
        subprocess.run([python, "-m", "venv", str(folder)], check=True)
        own = str(folder / "bin" / "python")
        needed = ["maturin>=1.14,<2", "setuptools>=77", "setuptools-rust>=1.11", str(ROOT)]
        subprocess.run([own, "-m", "pip", "install", "-q", *needed], check=True)
        found[name] = own
    if len(found) < 2:
        pytest.skip("not run: there is one Python here")
    return found


def build(python: str, project: Path, dist: Path, **more: str) -> tuple[Path, list[str]]:
    """(the wheel, the packages that were compiled) of a build in the environment of ``python``."""
    dist.mkdir(exist_ok=True)
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    own = environ(PATH=path, VIRTUAL_ENV=str(Path(python).parent.parent), **more)
    words = [python, "-c", hook_code(dist)]
    result = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False, env=own)
    assert result.returncode == 0, result.stderr
    (wheel,) = dist.glob("*.whl")
    return Path(shutil.move(wheel, dist.parent / wheel.name)), packages(result.stderr + result.stdout)


def unpacked(project: Path, folder: Path) -> Path:
    """The project as a front end unpacks its sdist: in a new folder, with old times."""
    shutil.copytree(project, folder)
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: example\nVersion: 1.0\n")
    for file in [folder, *folder.rglob("*")]:
        os.utime(file, (OLD, OLD))
    return folder


@pytest.mark.parametrize("source", ["tree", "sdist"])
@pytest.mark.parametrize(
    ("name", "code", "answer"), [("hello", GREET, "Hello, you, from Rust"), ("setuptools", DOUBLE, "42")]
)
def test_a_stable_abi_wheel_is_compiled_once(
    name: str, code: str, answer: str, source: str, environments: dict[str, str], tmp_path: Path, cache: Path
) -> None:
    project = example(name, tmp_path)
    for number, python in enumerate([*environments.values(), *environments.values()]):
        folder = project if source == "tree" else unpacked(project, tmp_path / f"unpacked{number}")
        wheel, compiled = build(python, folder, tmp_path / "dist", PYO3_FEATURES_BACKEND_VERIFY="tags")
        assert "-cp39-abi3-" in wheel.name
        assert (compiled == []) == (number > 0), (number, compiled)
    code, answer = {"hello": (GREET, "Hello, you, from Rust"), "setuptools": (DOUBLE, "42")}[name]
    for python in environments.values():
        assert call(python, wheel, code) == answer


def test_version_specific_wheels_by_turns_are_compiled_once_for_each_python(
    environments: dict[str, str], tmp_path: Path
) -> None:
    project = example("hello", tmp_path)
    some = dict(list(environments.items())[-2:])
    for turn in range(2):
        for name, python in some.items():
            own = {"PYO3_FEATURES_BACKEND_ABI3": "off", "PYO3_FEATURES_BACKEND_VERIFY": "tags"}
            wheel, compiled = build(python, project, tmp_path / "dist", **own)
            tag = f"cp{name.replace('.', '')}"
            assert f"-{tag}-{tag}-" in wheel.name
            assert (compiled == []) == (turn > 0)
            assert call(python, wheel, GREET) == "Hello, you, from Rust"


@pytest.mark.parametrize(
    ("name", "code", "answer"), [("hello", GREET, "Hello, you, from Rust"), ("setuptools", DOUBLE, "42")]
)
def test_native_wheels_and_the_stable_one_of_one_tree(
    name: str, code: str, answer: str, environments: dict[str, str], tmp_path: Path
) -> None:
    project = example(name, tmp_path)
    (native, older), (newest, newer) = list(environments.items())[-2:]
    table = f'{{ floor = "{newest}", native = ">=3.9,<{newest}" }}'
    expect = f'abi3 = {table}\nexpect = ["native", "cp{newest.replace(".", "")}-abi3"]\nverify = ["tags"]\n'
    pyproject = project / "pyproject.toml"
    text = pyproject.read_text().replace('verify = ["tags", "import"]\n', "")
    header = "[tool.pyo3-features-backend]\n"
    pyproject.write_text(text.replace(header, header + expect) if header in text else f"{text}\n{header}{expect}")
    own, stable = f"cp{native.replace('.', '')}", f"cp{newest.replace('.', '')}"
    for number, (python, label) in enumerate([(newer, f"{stable}-abi3"), (older, f"{own}-{own}")] * 2):
        wheel, compiled = build(python, project, tmp_path / "dist")
        assert f"-{label}-" in wheel.name
        assert (compiled == []) == (number > 1), (number, compiled)
        with zipfile.ZipFile(wheel) as archive:
            (extension,) = [each for each in archive.namelist() if each.endswith(".so")]
        assert (".abi3." in extension) == ("abi3" in label)
        assert call(python, wheel, code) == answer


def test_a_build_script_that_runs_python_finds_the_one_that_asks(environments: dict[str, str], tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (project / "build.rs").write_text(RUNS_PYTHON)
    library = project / "src" / "lib.rs"
    source = library.read_text()
    assert 'from Rust")' in source
    library.write_text(source.replace('from Rust")', 'from 3.{}", env!("ASKED"))'))
    for name, python in list(environments.items())[-2:] * 2:
        wheel, _ = build(python, project, tmp_path / "dist", PYO3_FEATURES_BACKEND_VERIFY="tags")
        assert "-cp39-abi3-" in wheel.name
        assert call(python, wheel, GREET) == f"Hello, you, from {name}"
        shutil.rmtree(wheel.with_suffix(""))


def test_a_build_script_that_only_asks_for_cfg_flags_sees_no_python(
    environments: dict[str, str], tmp_path: Path
) -> None:
    project = example("hello", tmp_path)
    (project / "build.rs").write_text(HARMLESS)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[build-dependencies]\npyo3-build-config = "0.30"\n')
    some = list(environments.values())[-2:]
    told = [build(python, project, tmp_path / "dist", PYO3_FEATURES_BACKEND_VERIFY="tags")[1] for python in some]
    assert told[0] != []
    assert told[1] == []


def test_a_floor_below_requires_python(environments: dict[str, str], tmp_path: Path, compiled: Path) -> None:
    project = example("hello", tmp_path)
    table = project / "pyproject.toml"
    table.write_text(table.read_text().replace(">=3.9", ">=3.10") + 'abi3 = "3.9"\n')
    python = list(environments.values())[-1]
    wheel, _ = build(python, project, tmp_path / "dist", CARGO_TARGET_DIR=str(compiled))
    assert "-cp39-abi3-" in wheel.name
    assert call(sys.executable, wheel, GREET) == "Hello, you, from Rust"
