"""One name for one interpreter: what a new environment compiles again, and what it does not; real builds."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.examples import example
from support.files import append, replace
from support.plain_project import PATH, Project, edit, run
from support.pythons import call, pythons

pytestmark = pytest.mark.build
READ = 'std::fs::read_to_string("table.csv").unwrap()'  # in the build script of a plain project


@pytest.fixture
def environments(tmp_path: Path) -> Iterator[str]:
    """Interpreters of virtual environments that are new each time, as a front end makes them."""

    def made() -> Iterator[str]:
        while True:
            folder = tempfile.mkdtemp(dir=tmp_path)
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
            yield str(Path(folder, "bin", "python"))

    return made()


@pytest.mark.parametrize("name", ["hello", "setuptools"])
@pytest.mark.parametrize("hook", ["build_wheel", "build_editable"])
@pytest.mark.parametrize("abi3", ["auto", "off"])
def test_an_environment_that_is_new_each_time_compiles_nothing(
    name: str, hook: str, abi3: str, tmp_path: Path, compiled: Path, environments: Iterator[str]
) -> None:
    project = example(name, tmp_path)
    own = {"CARGO_TARGET_DIR": str(compiled), "PYTHONPATH": PATH, "PYO3_FEATURES_BACKEND_ABI3": abi3}
    own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said = []
    for _ in range(2):
        result = run(project, tmp_path, next(environments), hook, **own)
        assert result.returncode == 0, result.stderr
        said.append([row for row in result.stderr.splitlines() if "Compiling" in row])
    assert said[1] == []


def test_arguments_for_rustc_are_the_last(tmp_path: Path, compiled: Path, environments: Iterator[str]) -> None:
    project = example("hello", tmp_path)
    own = {"CARGO_TARGET_DIR": str(compiled), "PYTHONPATH": PATH, "PYO3_FEATURES_BACKEND_ABI3": "off"}
    own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own["MATURIN_PEP517_ARGS"] = "--locked -- -C debuginfo=0"
    results = [run(project, tmp_path, next(environments), **own) for _ in range(2)]
    assert [result.returncode for result in results] == [0, 0], results[0].stderr
    assert "Compiling" not in results[1].stderr, results[1].stderr


def test_a_shell_with_the_environment_of_cargo_compiles_nothing_again_either(
    tmp_path: Path, compiled: Path, environments: Iterator[str]
) -> None:
    project = example("hello", tmp_path)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    own = {"CARGO_TARGET_DIR": str(compiled), "PYTHONPATH": PATH, "PATH": path, "PYO3_FEATURES_BACKEND_ABI3": "off"}
    python = next(environments)
    said = subprocess.run(
        [python, "-m", "pyo3_features_backend", "-C", str(project), "env", "--json"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **own},
    )
    own.update({**json.loads(said.stdout), "PYTHONPATH": PATH})
    results = [run(project, tmp_path, next(environments), **own) for _ in range(2)]
    assert [result.returncode for result in results] == [0, 0], results[0].stderr
    assert "Compiling" not in results[1].stderr, results[1].stderr


def running(code: str) -> str:
    """Rust that makes the command of PYO3_PYTHON with ``code``."""
    return f'std::process::Command::new(std::env::var("PYO3_PYTHON").unwrap()).args(["-c", {json.dumps(code)}])'


def saying(script: str, code: str) -> str:
    """The build script of a plain project, with what ``code`` prints instead of the number in a file."""
    return script.replace(READ, f"String::from_utf8({running(code)}.output().unwrap().stdout).unwrap()")


def asked(project: Project, python: str, code: str) -> int:
    """What a build script gets that runs ``code`` with PYO3_PYTHON, in a build by ``python``."""
    folder = project.write({})
    script = folder / "build.rs"
    script.write_text(saying(script.read_text(), code))
    result = run(
        folder,
        folder.parent,
        python,
        PYTHONPATH=PATH,
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        PYO3_FEATURES_BACKEND_COMPILE_CACHE="off",
    )
    assert result.returncode == 0, result.stderr
    (wheel,) = folder.parent.glob("*.whl")
    return project.answer(wheel)


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_build_script_finds_the_packages_of_the_environment(
    delegate: str, tmp_path: Path, environments: Iterator[str]
) -> None:
    python = next(environments)
    (packages_folder,) = Path(python).parent.parent.glob("lib/python3*/site-packages")
    (packages_folder / "only_here.py").write_text("ANSWER = 7\n")
    code = "import only_here; print(only_here.ANSWER)"
    assert asked(Project(tmp_path, delegate), python, code) == 7


@pytest.mark.skipif(sys.platform != "linux", reason="not run: maturin gets the base interpreter here")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="not run: maturin gets the base interpreter here")
def test_a_build_script_finds_no_packages_of_the_base_interpreter(tmp_path: Path, environments: Iterator[str]) -> None:
    """As with maturin alone, which runs the interpreter of the new environment."""
    code = (
        "import sys, sysconfig; "
        "base = sysconfig.get_path('purelib', 'posix_prefix', {'base': sys.base_prefix}); "
        "print(8 if base in sys.path or sys.prefix == sys.base_prefix else 7)"
    )
    assert asked(Project(tmp_path, "maturin"), next(environments), code) == 7


def test_another_python_does_compile_again(tmp_path: Path, compiled: Path) -> None:
    others = {
        name: python
        for name, python in pythons().items()
        if python != sys.executable and tuple(map(int, name.split("."))) >= (3, 9)
    }
    if not others:
        pytest.skip("not run: there is one Python here")
    name, python = next(iter(others.items()))
    project = example("hello", tmp_path)
    (tmp_path / "dist").mkdir()
    own = {"CARGO_TARGET_DIR": str(compiled), "PYO3_FEATURES_BACKEND_ABI3": "off"}
    own["PYO3_FEATURES_BACKEND_VERIFY"] = "tags"
    assert run(project, tmp_path / "dist", **own).returncode == 0
    result = run(project, tmp_path / "dist", arguments=f"-i {python}", **own)
    assert result.returncode == 0, result.stderr
    assert "Compiling pyo3-ffi" in result.stderr
    (wheel,) = (tmp_path / "dist").glob(f"*-cp{name.replace('.', '')}-*.whl")
    assert call(python, wheel, "import hello_pyo3; print(hello_pyo3.greet('you'))") == "Hello, you, from Rust"


@pytest.mark.skipif(sys.platform != "linux", reason="not run: maturin gets the base interpreter here")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="not run: maturin gets the base interpreter here")
def test_what_a_build_script_installs_is_installed_again(tmp_path: Path, environments: Iterator[str]) -> None:
    """Each build from nothing has a new environment. The script of a path crate installs what another one needs."""
    project = Project(tmp_path, "maturin")
    folder = project.tree({})
    install = (
        "import os, site; (folder,) = site.getsitepackages(); "
        "os.makedirs(folder, exist_ok=True); open(folder + '/installed.py', 'w').write('ANSWER = 5')"
    )
    said = 'println!("cargo:rerun-if-changed=build.rs");'
    edit(folder / "part/build.rs", f"fn main() {{ {said} assert!({running(install)}.status().unwrap().success()); }}\n")
    edit(folder / "part/src/lib.rs", "pub fn part() -> i64 { 0 }\n")
    manifest, script = folder / "Cargo.toml", folder / "build.rs"
    edit(manifest, manifest.read_text() + '[build-dependencies]\npart = { path = "part" }\n')
    edit(script, saying(script.read_text(), "import installed; print(installed.ANSWER)"))
    own = {"PYTHONPATH": PATH, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for number in range(3):
        edit(folder / "table.csv", f"{number}\n")
        os.utime(folder / "table.csv")
        result = run(folder, folder.parent, next(environments), **own)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        assert project.answer(wheel) == 5
        wheel.unlink()


BASE = "use-base-python = true\n"
# The script of a path crate that sees the path of the interpreter, and does not announce that.
SEEN = """{
    let names = ["PYO3_PYTHON", "PYTHON_SYS_EXECUTABLE"];
    let path: String = names.iter().filter_map(|name| std::env::var(name).ok()).collect();
    path.bytes().fold(7, |sum, byte| (sum * 31 + i64::from(byte)) % 65521)
}"""


@pytest.mark.parametrize(
    ("delegate", "steps"),
    [
        ("maturin", [("", {}), (BASE, {}), ("", {})]),
        ("setuptools-rust", [("", {"SETUPTOOLS_RUST_PEP517_USE_BASE_PYTHON": value}) for value in ("", "1", "", "")]),
        ("setuptools-rust", [("", {"PYO3_PYTHON": "python3"})] * 2),
    ],
)
def test_the_path_of_the_interpreter_counts_for_each_build_script(
    delegate: str, steps: list[tuple[str, dict[str, str]]], tmp_path: Path, environments: Iterator[str]
) -> None:
    """PyO3's script announces PYO3_PYTHON. One that does not is the project's own, and has to run again, too."""
    project = Project(tmp_path, delegate)
    folder = project.tree({})
    script = folder / "build.rs"
    script.write_text(script.read_text().replace(f"{READ}.trim().parse().unwrap()", SEEN))
    text, target, aside = (folder / "pyproject.toml").read_text(), folder / "target", folder.parent / "aside"
    for more, variables in steps:
        python = next(environments)
        own = {"PYTHONPATH": PATH, "PATH": f"{Path(python).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"}
        (folder / "pyproject.toml").write_text(text + more)
        answers = []
        for cold in (False, True):
            if cold:
                target.rename(aside)
            result = run(folder, folder.parent, python, **own, **variables)
            assert result.returncode == 0, result.stderr
            (wheel,) = folder.parent.glob("*.whl")
            answers.append(project.answer(wheel))
            wheel.unlink()
        shutil.rmtree(target)
        aside.rename(target)
        assert answers[0] == answers[1]


@pytest.mark.skipif(sys.platform != "linux", reason="not run: maturin gets the base interpreter here")
@pytest.mark.skipif(sys.implementation.name != "cpython", reason="not run: maturin gets the base interpreter here")
def test_the_path_of_a_target_folder_that_was_moved_counts_too(tmp_path: Path, environments: Iterator[str]) -> None:
    """The interpreter of a place is in it, so its path is another one."""
    project = Project(tmp_path, "maturin")
    folder = project.tree({})
    script = folder / "build.rs"
    script.write_text(script.read_text().replace(f"{READ}.trim().parse().unwrap()", SEEN))
    own = {"PYTHONPATH": PATH, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    one, other = tmp_path / "one", tmp_path / "other"
    answers: list[int] = []
    for target in (one, other, other):
        if answers:
            one.rename(other) if one.exists() else shutil.rmtree(other)  # the last one is cold
        result = run(folder, folder.parent, next(environments), CARGO_TARGET_DIR=str(target), **own)
        assert result.returncode == 0, result.stderr
        (wheel,) = folder.parent.glob("*.whl")
        answers.append(project.answer(wheel))
        wheel.unlink()
    assert answers[1] == answers[2] != answers[0]


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ("", {"MATURIN_PEP517_USE_BASE_PYTHON": "0"}),
        ("", {"PYO3_PYTHON": "python3"}),
        ("--interpreter {python}", {}),
    ],
)
def test_a_path_that_is_new_in_each_environment_counts_too(
    arguments: str, variables: dict[str, str], tmp_path: Path, environments: Iterator[str]
) -> None:
    """maturin sets it for crates that use PyO3, whatever the user names; or the base interpreter is turned off."""
    project, dist = example("hello", tmp_path), tmp_path / "dist"
    replace(project / "src" / "lib.rs", '"Hello, {name}, from Rust"', '"Hello, {name}, from {}", info::BAKED')
    append(project, "Cargo.toml", '\n[dependencies.info]\npath = "info"\n')
    (project / "info" / "src").mkdir(parents=True)
    (project / "info" / "Cargo.toml").write_text('[package]\nname = "info"\nversion = "1.0.0"\nedition = "2021"\n')
    (project / "info" / "src" / "lib.rs").write_text('pub const BAKED: &str = env!("BAKED");\n')
    said = 'println!("cargo:rerun-if-changed=build.rs\\ncargo:rustc-env=BAKED={}", python);'
    script = f'fn main() {{ let python = std::env::var("PYO3_PYTHON").unwrap(); {said} }}\n'
    (project / "info" / "build.rs").write_text(script)
    own = {"PYTHONPATH": PATH, **variables}
    for _ in range(2):
        python = next(environments)
        own["PATH"] = f"{Path(python).parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        result = run(project, dist, python, arguments=arguments.format(python=python), **own)
        assert result.returncode == 0, result.stderr
        (wheel,) = dist.glob("*.whl")
        answer = call(sys.executable, wheel, "import hello_pyo3; print(hello_pyo3.greet('you'))")
        assert answer == f"Hello, you, from {python}"
        shutil.rmtree(dist)
