"""cargo by hand and a build through the hooks: what links, what runs, and what is compiled again; real crates."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Build, example
from test_plan import cpython

from pyo3_features_backend.author import cargo_environment
from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts.config_format import Abi, Config
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.rebuild import interpreter

TEST = """
#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn python_answers() {
        let said: String = Python::attach(|py| {
            py.import("json").unwrap().call_method1("dumps", (greet("you"),)).unwrap().extract().unwrap()
        });
        assert_eq!(said, "\\"Hello, you, from Rust\\"");
    }
}
"""
HARD = 'features = ["extension-module"]'


def command(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A verb: cargo, unless the first word is "env"."""
    verb = [] if words[0] == "env" else ["cargo"]
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "-C", str(project), *verb, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def compiled(said: str) -> list[str]:
    rows = [row.split() for row in said.splitlines()]
    return sorted(row[1] for row in rows if row and row[0] in ("Compiling", "Checking"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = example("hello", tmp_path)
    library = folder / "src" / "lib.rs"
    library.write_text(library.read_text() + TEST)
    return folder


@pytest.mark.build
def test_going_back_and_forth_compiles_nothing_again(
    project: Path, tmp_path: Path, build: Build, tmp_path_factory: pytest.TempPathFactory
) -> None:
    target = str(tmp_path_factory.getbasetemp() / "cargo-verb")
    steps = {
        "check": lambda: command(project, "check", CARGO_TARGET_DIR=target),
        "test": lambda: command(project, "--auto-initialize", "test", CARGO_TARGET_DIR=target),
        "wheel": lambda: build(project, CARGO_TARGET_DIR=target),
    }
    for turn in range(2):
        for name in ("check", "test", "wheel", "test", "check", "wheel"):
            result = steps[name]()
            assert result.returncode == 0, (name, result.stdout + result.stderr)
            if name == "test":
                assert "python_answers ... ok" in result.stdout
            if turn:
                assert compiled(result.stderr) == [], name


@pytest.mark.build
def test_cargo_itself_shares_them_with_a_configuration_of_ours(
    project: Path, tmp_path: Path, build: Build, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = {**os.environ, "CARGO_TARGET_DIR": str(tmp_path_factory.getbasetemp() / "cargo-verb")}
    library = project / "src" / "lib.rs"
    library.write_text(library.read_text().replace("let said", "Python::initialize(); let said"))
    said = command(project, "env", "--format", "cargo-config")
    assert said.returncode == 0, said.stderr
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(said.stdout)

    def plain(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["cargo", *words], cwd=project, capture_output=True, text=True, check=False, env=own)

    for turn in range(2):
        for step in ("check", "test", "wheel", "check", "test"):
            result = build(project, CARGO_TARGET_DIR=own["CARGO_TARGET_DIR"]) if step == "wheel" else plain(step)
            assert result.returncode == 0, result.stdout + result.stderr
            if turn:
                assert compiled(result.stderr) == []
    library.write_text(library.read_text() + "// another line\n")
    assert compiled(plain("check").stderr) == ["hello-pyo3"]
    assert compiled(build(project, CARGO_TARGET_DIR=own["CARGO_TARGET_DIR"]).stderr) == ["hello-pyo3"]


@pytest.mark.build
def test_an_old_pyo3_links_without_its_feature(project: Path, compiled_old: Path) -> None:
    manifest = project / "Cargo.toml"
    manifest.write_text(
        manifest.read_text().replace('pyo3 = "0.30"', 'pyo3 = { version = "0.25", features = ["auto-initialize"] }')
        + '\n[features]\nextension-module = ["pyo3/extension-module"]\n'
    )
    library = project / "src" / "lib.rs"
    library.write_text(library.read_text().replace("Python::attach", "Python::with_gil"))
    table = project / "pyproject.toml"
    table.write_text(table.read_text() + '\n[tool.maturin]\nfeatures = ["extension-module"]\n')
    result = command(project, "test", CARGO_TARGET_DIR=str(compiled_old))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "python_answers ... ok" in result.stdout


@pytest.fixture
def compiled_old(tmp_path: Path) -> Path:
    return tmp_path / "old"


def test_a_hard_coded_extension_module_is_refused_with_its_place(project: Path) -> None:
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace('pyo3 = "0.30"', f'pyo3 = {{ version = "0.30", {HARD} }}'))
    result = command(project, "test")
    assert result.returncode == 1
    assert "Cargo.toml:11: extension-module is on, and no flag can turn it off" in result.stderr
    assert "pyo3-features migrate" in result.stderr


def test_what_is_cargos_goes_to_cargo(project: Path, tmp_path: Path) -> None:
    record = tmp_path / "cargo"
    record.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\necho "$PYO3_PYTHON"\nexit 7\n')
    record.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = command(project, "+nightly", "fmt", "--check", "--", "-v", PATH=path)
    assert (result.returncode, result.stdout.split("\n")[:5]) == (7, ["+nightly", "fmt", "--check", "--", "-v"])


@pytest.mark.build
def test_the_exit_status_and_the_arguments_are_cargos(project: Path, compiled: Path) -> None:
    target = {"CARGO_TARGET_DIR": str(compiled)}
    wrong = command(project, "test", "--no-such-option", **target)
    assert (wrong.returncode, "--no-such-option" in wrong.stderr) == (1, True)
    listed = command(project, "tree", "-e", "features", "-i", "pyo3", **target)
    assert 'pyo3 feature "abi3-py39"' in listed.stdout


@pytest.mark.skipif(os.name == "nt", reason="not run: POSIX signals")
def test_an_interrupt_ends_cargo_and_us(project: Path, tmp_path: Path) -> None:
    slow = tmp_path / "cargo"
    slow.write_text(f"#!/bin/sh\ntouch {tmp_path / 'began'}\nexec sleep 60\n")
    slow.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "pyo3_features_backend", "-C", str(project), "cargo", "fmt"],
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        start_new_session=True,
    )
    while not (tmp_path / "began").exists():
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(20) == 128 + signal.SIGINT


@pytest.mark.parametrize(
    ("system", "library", "expected"),
    [
        ("linux", "/opt/python/lib", ("LD_LIBRARY_PATH", "/opt/python/lib")),
        ("linux", "/usr/lib/x86_64-linux-gnu", ("LD_LIBRARY_PATH", None)),
        ("darwin", "/opt/python/lib", ("DYLD_FALLBACK_LIBRARY_PATH", "/opt/python/lib")),
        ("win32", None, ("PATH", "C:")),
    ],
)
def test_where_libpython_is_found(system: str, library: str | None, expected: tuple[str, str | None]) -> None:
    target = cpython(12)._replace(system=system, executable="C:/python.exe", base_executable="C:/python.exe")
    config = Config((3, 12), Abi("CPython", "gil_enabled", (3, 12)), lib_dir=library)
    found = cargo_environment.library_folder(target, config)
    assert (cargo_environment.search_variable(system), found) == expected


def test_what_cannot_be_linked_is_told() -> None:
    cargo_environment.linkable(cpython(12)._replace(executable="/python"))
    with pytest.raises(TargetError, match="no shared libpython"):
        cargo_environment.linkable(cpython(12)._replace(shared=False, executable="/python"))
    with pytest.raises(TargetError, match=r"PyPy 3\.11 cannot be linked"):
        cargo_environment.linkable(cpython(11)._replace(implementation="pypy"))


def test_the_interpreter_has_the_name_that_builds_give_it(project: Path) -> None:
    facts = json.loads(command(project, "env", "--json", PYTHONPATH="/mine").stdout)
    builds = interpreter.environment(running(), {})
    if builds:  # in a virtual environment
        assert facts["PYO3_PYTHON"] == builds["PYO3_PYTHON"]
        assert facts["PYTHONPATH"] == builds["PYTHONPATH"]
        assert facts["PYO3_ENVIRONMENT_SIGNATURE"] == builds["PYO3_ENVIRONMENT_SIGNATURE"]
    assert Path(facts["PYO3_PYTHON"]).samefile(running().base_executable or sys.executable)


def test_a_shell_can_evaluate_it(project: Path) -> None:
    said = command(project, "env", PYTHONPATH="a b'c").stdout
    shell = subprocess.run(
        ["sh", "-c", f'{said}\nprintf "%s" "$PYO3_PYTHON"'], capture_output=True, text=True, check=True
    )
    assert Path(shell.stdout).is_file()
