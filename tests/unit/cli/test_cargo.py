"""cargo by hand: what it is given, by a cargo that only tells; nothing is compiled."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyo3_features_backend.author import cargo_environment
from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts.interpreter import running
from support.cargo_project import command, hello_with_a_test
from support.examples import example
from support.files import replace

HARD = 'features = ["extension-module"]'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return hello_with_a_test(tmp_path)


def test_a_hard_coded_extension_module_is_refused_with_its_place(project: Path) -> None:
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace('pyo3 = "0.30"', f'pyo3 = {{ version = "0.30", {HARD} }}'))
    result = command(project, "test")
    assert result.returncode == 1
    assert "Cargo.toml:11: extension-module is on, and no flag can turn it off" in result.stderr
    assert "pyo3-features migrate" in result.stderr


def test_a_setup_py_that_leaves_rust_out_is_said(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', "")
    (root / "setup.py").write_text("from setuptools import setup\nsetup(rust_extensions=[])\n")
    result = command(root, "check")
    assert result.returncode == 1
    assert "error: setup.py declares no Rust extension for this build" in result.stderr


def test_what_is_cargos_goes_to_cargo(project: Path, tmp_path: Path) -> None:
    record = tmp_path / "cargo"
    record.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\necho "$PYO3_PYTHON"\nexit 7\n')
    record.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = command(project, "+nightly", "fmt", "--check", "--", "-v", PATH=path)
    assert (result.returncode, result.stdout.split("\n")[:5]) == (7, ["+nightly", "fmt", "--check", "--", "-v"])


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


MODULE = "PYO3_BUILD_EXTENSION_MODULE"


MEMBER = '[package]\nname = "other"\nversion = "1.0.0"\nedition = "2021"\n'


@pytest.fixture
def telling(tmp_path: Path) -> dict[str, str]:
    """The PATH with a cargo that says what it was given; only questions go to the real one."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "cargo"
    real = shutil.which("cargo")
    script.write_text(f'#!/bin/sh\ncase $1 in metadata|tree) exec {real} "$@";; esac\necho "$*"\nenv | grep PYO3_\n')
    script.chmod(0o755)
    return {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}


def test_a_shell_that_leaves_libpython_out_is_no_hindrance(tmp_path: Path, telling: dict[str, str]) -> None:
    result = command(example("hello", tmp_path), "test", "--", "-F", "x", **telling, **{MODULE: "1"})
    words, *variables = result.stdout.splitlines()
    assert words == "test --features pyo3/abi3-py39 -- -F x"
    assert not any(row.startswith(MODULE) for row in variables)
    assert any(row.startswith("PYO3_PYTHON=") for row in variables)


@pytest.mark.parametrize("words", [("--features", "pyo3/extension-module"), ("-Fwheel",), ("--all-features",)])
def test_extension_module_among_cargos_own_words_is_an_error(words: tuple[str, ...], tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[features]\nwheel = ["pyo3/extension-module"]\n')
    result = command(project, "test", *words)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"or leave {' '.join(words)} out" in result.stderr


def test_another_package_of_the_workspace_gets_none_of_the_features(tmp_path: Path, telling: dict[str, str]) -> None:
    project = example("hello", tmp_path)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[workspace]\nmembers = ["other"]\n')
    (project / "other" / "src").mkdir(parents=True)
    (project / "other" / "src" / "lib.rs").touch()
    (project / "other" / "Cargo.toml").write_text(MEMBER)
    assert command(project, "check", "-p", "other", **telling).stdout.splitlines()[0] == "check -p other"
    own = command(project, "check", "-p", "hello-pyo3", **telling).stdout.splitlines()[0]
    assert own == "check --features pyo3/abi3-py39 -p hello-pyo3"


def test_an_error_of_the_plan_stops_cargo_too(tmp_path: Path, telling: dict[str, str]) -> None:
    result = command(example("hello", tmp_path), "check", **telling, PYO3_FEATURES_BACKEND_FEATURES="serd")
    assert (result.returncode, result.stdout) == (1, "")
    assert "did you mean serde" in result.stderr


def test_a_python_that_cannot_be_run_is_checked_for_but_not_linked(tmp_path: Path, telling: dict[str, str]) -> None:
    project = example("hello", tmp_path)
    file = tmp_path / "python.txt"
    rows = ["implementation=CPython", "version=3.14", "shared=true", "pointer_width=64", "build_flags=Py_GIL_DISABLED"]
    file.write_text("\n".join([*rows, "abiflags=t", "ext_suffix=.cpython-314t-x86_64-linux-gnu.so"]) + "\n")
    named = {**telling, "PYO3_CONFIG_FILE": str(file)}
    assert command(project, "check", **named).stdout.splitlines()[0] == "check"
    result = command(project, "test", **named)
    assert (result.returncode, result.stdout) == (1, "")
    assert "unset the variable that selects it: PYO3_CONFIG_FILE" in result.stderr
    with pytest.raises(TargetError, match="cannot be run here"):
        cargo_environment.linkable(running()._replace(executable=None))


@pytest.mark.skipif(os.name == "nt", reason="not run: POSIX signals")
def test_what_ends_us_ends_cargo(tmp_path: Path, telling: dict[str, str]) -> None:
    Path(telling["PATH"].split(os.pathsep)[0], "cargo").write_text(
        f"#!/bin/sh\ntrap 'touch {tmp_path / 'ended'}; exit 9' TERM\ntouch {tmp_path / 'began'}\n"
        "while true; do sleep 0.05; done\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "pyo3_features_backend", "cargo", "fmt"], env={**os.environ, **telling}
    )
    while not (tmp_path / "began").exists():
        time.sleep(0.05)
    process.terminate()
    assert process.wait(20) == 9
    assert (tmp_path / "ended").exists()
