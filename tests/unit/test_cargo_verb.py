"""cargo by hand: what it is given, and where it finds libpython; nothing is compiled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyo3_features_backend.author import cargo_environment
from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts.config_format import Abi, Config
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.rebuild import interpreter
from support.cargo_project import command, hello_with_a_test
from support.targets import cpython

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
