"""The smallest set of wheels, as the command prints it for small projects."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pyo3_features_backend.author.matrix import allowed, as_json, of_plans
from pyo3_features_backend.author.pythons import identifier
from support.examples import EXAMPLES, example
from support.files import replace
from support.matrices import ALL, CLASSIFIER
from support.setuptools_project import project, with_setup_py
from support.terminals import rest


def command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "matrix", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", ["hello", "setuptools"])
def test_the_command(name: str, tmp_path: Path) -> None:
    result = command("-C", str(EXAMPLES / name), "--json")
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["wheels"][0]["python_tag"] == "cp39"
    assert facts["wheels"][0]["serves"] == ["cp39", "cp310", "cp311", "cp312", "cp313", "cp314", "cp315"]
    assert set(facts["wheels"][0]) == {"python_tag", "abi_tag", "build_with", "serves", "fallback", "reason"}
    picture = tmp_path / "wheels.svg"
    written = command("-C", str(EXAMPLES / name), "--format", "svg", "--output", str(picture))
    assert (written.returncode, written.stdout) == (0, "")
    assert written.stderr.startswith(f"wrote {picture}\n")
    ElementTree.parse(picture)
    own = facts["project"].replace("-", "_")
    table = command("-C", str(EXAMPLES / name), "--compare", f"{own}-1.0-cp39-cp39-win_amd64.whl")
    assert "for the same Pythons 1 would be enough, as many" in table.stdout
    assert table.stdout.index("cp39-abi3") < table.stdout.index("published:")
    assert "cp39-abi3" in table.stdout
    assert "\x1b" not in table.stdout


def faulty(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "lib.rs").touch()
    (tmp_path / "Cargo.toml").write_text(
        '[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n'
        '[dependencies]\npyo3 = { version = "0.30", features = ["abi3-py312"] }\n'
    )
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.11"\n'
    )


def in_a_terminal(directory: Path, **environment: str) -> str:
    """What the command prints in one that is 200 columns wide."""
    ours, its = pty.openpty()
    environ = {name: text for name, text in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "pyo3_features_backend", "matrix", "-C", str(directory)],
        stdout=its,
        stderr=subprocess.DEVNULL,
        env={**environ, "TERM": "xterm", "COLUMNS": "200", **environment},
    )
    os.close(its)
    printed = rest(ours)
    process.wait()
    return printed.decode()


def test_in_a_terminal_there_is_colour_and_nothing_in_brackets_is_lost(tmp_path: Path) -> None:
    faulty(tmp_path)
    printed = in_a_terminal(tmp_path)
    assert "\x1b[32mcp312-abi3" in printed
    assert "[PFB132]; remove that feature" in printed
    assert 'set abi3 = "3.12" in [tool.pyo3-features-backend]' in printed
    assert "\x1b" not in in_a_terminal(tmp_path, NO_COLOR="1")


def test_a_fault_of_the_project_is_told_and_is_the_exit_status(tmp_path: Path) -> None:
    faulty(tmp_path)
    result = command("-C", str(tmp_path))
    assert result.returncode == 1
    assert "no wheel for CPython 3.11" in result.stdout
    assert result.stdout.startswith("demo: 5 wheels for 8 Pythons (PyO3 0.30.1, requires-python >=3.11)\n")
    assert "cp312-abi3" in result.stdout
    assert (
        "no wheel for CPython 3.11: this Python is below the floor 3.12, and the crate graph turns abi3 on "
        "(Cargo.toml:8) [PFB132]; remove that feature"
    ) in result.stdout
    assert "warning[PFB123]: Cargo.toml:8: CPython 3.14t to 3.15t" in result.stderr
    assert as_json(of_plans([], {})) == {"wheels": [], "without": [], "problems": []}


@pytest.mark.parametrize(
    ("requires", "message"),
    [
        ("three", "pyproject.toml:2: requires-python = 'three' is not a version specifier"),
        (">=4", "pyproject.toml:2: requires-python and the classifiers allow no Python"),
    ],
)
def test_a_requires_python_that_allows_nothing_is_an_error_with_its_place(
    requires: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nrequires-python = "{requires}"\nname = "demo"\n')
    result = command("-C", str(tmp_path))
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    result = command("-C", str(EXAMPLES / "hello"), "--output", str(tmp_path / "none" / "x.svg"), "--format", "svg")
    assert (result.returncode, result.stdout) == (1, "")
    assert "x.svg: No such file or directory" in result.stderr


def test_the_classifiers_of_a_setup_py_count(tmp_path: Path) -> None:
    root = project(tmp_path)
    own = '[project]\nname = "mixed-pyo3"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
    replace(root / "pyproject.toml", own, "")
    replace(root / "pyproject.toml", '[tool.setuptools.packages.find]\nwhere = ["python"]\n', "")
    words = f'name="mixed", version="1", python_requires=">=3.12", classifiers=["{CLASSIFIER}Implementation :: PyPy"]'
    with_setup_py(root, keywords=words)
    result = command("-C", str(root), "--json")
    assert result.returncode == 0, result.stderr
    assert [wheel["serves"] for wheel in json.loads(result.stdout)["wheels"]] == [["pp312"]]


@pytest.mark.parametrize(
    ("conditional", "times", "expected"),
    [
        ("", 1, "cp312-abi3"),
        (
            'features = [{ feature = "pyo3/abi3-py314", python-version = ">=3.14" }]',
            2,
            "cp312-cp312 cp313-cp313 cp314-abi3",
        ),
    ],
)
def test_cargo_is_asked_again_only_for_other_features(
    conditional: str, times: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = example("hello", tmp_path)
    replace(root / "pyproject.toml", ">=3.9", ">=3.12")
    with (root / "pyproject.toml").open("a") as file:
        file.write(f"\n[tool.maturin]\n{conditional}\n")
    # Beside the real one, a cargo that notes what it is asked.
    asked, before = tmp_path / "asked", tmp_path / "before"
    before.mkdir()
    (before / "cargo").write_text(f'#!/bin/sh\necho "$1" >> {asked}\nexec {shutil.which("cargo")} "$@"\n')
    (before / "cargo").chmod(0o755)
    monkeypatch.setenv("PATH", str(before), prepend=os.pathsep)
    result = command("-C", str(root), "--json")
    found = json.loads(result.stdout)["wheels"]
    gil = [f"{one['python_tag']}-{one['abi_tag']}" for one in found if re.fullmatch(r"cp\d+", one["build_with"])]
    assert " ".join(gil) == expected
    assert asked.read_text().split().count("metadata") == times


def test_setup_py_is_run_once(tmp_path: Path) -> None:
    root = project(tmp_path)
    with_setup_py(root, keywords='script_name=print("run", file=open("../runs", "a")) or "setup.py",')
    assert command("-C", str(root)).returncode == 0
    assert (tmp_path / "runs").read_text().split() == ["run"]


def test_a_program_without_pyo3_is_one_wheel_for_any_python(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n')
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
        '[project]\nname = "demo"\nversion = "1.0"\nrequires-python = ">=3.12"\n'
    )
    result = command("-C", str(tmp_path), "--json")
    (wheel,) = json.loads(result.stdout)["wheels"]
    assert (wheel["python_tag"], wheel["abi_tag"], wheel["build_with"]) == ("py3", "none", "cp312")
    assert wheel["serves"] == [identifier(target) for target in allowed(ALL, ">=3.12", [])]


def test_another_platform_is_shown_where_it_is_asked_for(hello: Path) -> None:
    with (hello / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write('[tool.cibuildwheel.pyodide]\ntest-command = "pytest"\n')
    here = command("-C", str(hello))
    assert here.stderr == "[tool.cibuildwheel] has Pyodide, too: `pyo3-features matrix --platform pyodide`\n"
    table = command("-C", str(hello), "--platform", "android", "--compare", "hello_pyo3-1.0-cp39-abi3-ios_13_0_x.whl")
    assert (table.returncode, table.stdout) == (1, "") and "none of the wheels is for Android" in table.stderr
    shown = command("-C", str(hello), "--platform", "pyodide")
    assert shown.stdout.startswith("hello-pyo3: 4 wheels for 4 Pythons of Pyodide (") and shown.stderr == ""
    facts = json.loads(command("-C", str(hello), "--platform", "ios", "--json").stdout)
    assert (facts["platform"], facts["wheels"][0]["build_with"]) == ("ios", "cp313")
    built = command("-C", str(hello), "--platform", "android", "--format", "cibuildwheel")
    assert built.stdout == 'CIBW_PLATFORM="android"\nCIBW_BUILD="cp313-*"\n'


def test_the_set_is_written_once_and_shown_without_writing(hello: Path) -> None:
    file = hello / "pyproject.toml"
    before = file.read_bytes()
    shown = command("-C", str(hello), "--write-expect", "--diff")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert '+expect = ["cp39-abi3", "cp314-cp314t", ' in shown.stdout
    assert file.read_bytes() == before
    written = command("-C", str(hello), "--write-expect")
    assert (written.returncode, written.stdout) == (0, shown.stdout)
    assert written.stderr == "wrote pyproject.toml\n"
    after = file.read_bytes()
    again = command("-C", str(hello), "--write-expect")
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to change" in again.stderr
    assert file.read_bytes() == after != before


def test_what_is_written_from_the_environment_is_named(
    hello: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_ABI3", "3.11")
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_EXPECT", "cp39-abi3")
    message = "warning[PFB162]: pyproject.toml is for a plan that the environment changes: PYO3_FEATURES_BACKEND_ABI3\n"
    written = command("-C", str(hello), "--write-expect", "--diff")
    assert written.returncode == 0 and "cp311-abi3" in written.stdout
    assert written.stderr.startswith(message)
    monkeypatch.delenv("PYO3_FEATURES_BACKEND_EXPECT")
    assert "PFB162" not in command("-C", str(hello)).stderr
    assert "PFB162" in command("-C", str(hello), "--output", str(tmp_path / "wheels.txt")).stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--diff"], "--diff goes with --write-expect"),
        (["--write-expect", "--json"], "--write-expect prints no matrix"),
        (["--write-expect", "--output", "x"], "--write-expect prints no matrix"),
        (["--write-expect", "--platform", "ios"], "--write-expect lists the wheels for Linux, macOS and Windows alone"),
        (["--format", "github", "--platform", "ios"], "--platform does not go with --format github"),
        (["--format", "svg", "--platform", "ios"], "--platform does not go with --format svg"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_use(words: list[str], message: str) -> None:
    result = command("-C", str(EXAMPLES / "hello"), *words)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
