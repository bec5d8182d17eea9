"""``--python`` finds an interpreter by what uv would take: a version, a command, a path, an environment's folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts import asking, requests
from pyo3_features_backend.facts.interpreter import of_executable
from support.pythons import needed

HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
FULL = ".".join(map(str, sys.version_info[:3]))


def python(folder: Path, name: str, **facts: object) -> Path:
    """A program that answers as an interpreter with other facts would."""
    # An interpreter that contradicts itself is not believed: the names of its files have its version.
    names = {"soabi": "", "suffixes": []} if "version" in facts else {}
    given = {**asking.ask(sys.executable), **names, **facts}
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport json\nprint(json.dumps({given!r}))\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but the running Python, and a folder on PATH."""
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "request_",
    [
        "3",
        HERE,
        FULL,
        f"cpython@{HERE}",
        f"cpython-{FULL}",
        f"cpython{HERE}",
        "cp" + HERE.replace(".", ""),
        HERE.replace(".", ""),
        f"python{HERE}",
        f"CPython@{HERE}",
        "cpython",
        f"{HERE}+gil",
    ],
)
def test_the_running_python_is_found_by_its_version(machine: Path, request_: str) -> None:
    assert requests.find(request_) == sys.executable


@pytest.mark.parametrize(
    ("request_", "facts"),
    [
        ("3.14", {"version": [3, 14], "full_version": "3.14.1"}),
        ("3.14.1", {"version": [3, 14], "full_version": "3.14.1"}),
        ("3.14t", {"version": [3, 14], "full_version": "3.14.1", "free_threaded": True}),
        ("3.14+freethreaded", {"version": [3, 14], "full_version": "3.14.1", "free_threaded": True}),
        ("cp314t", {"version": [3, 14], "full_version": "3.14.1", "free_threaded": True}),
        ("3.14d", {"version": [3, 14], "full_version": "3.14.1", "debug": True}),
        ("pypy@3.11", {"implementation": "pypy", "version": [3, 11], "full_version": "3.11.13"}),
        ("pypy3.11", {"implementation": "pypy", "version": [3, 11], "full_version": "3.11.13"}),
        ("pp311", {"implementation": "pypy", "version": [3, 11], "full_version": "3.11.13"}),
        ("pypy", {"implementation": "pypy", "version": [3, 11], "full_version": "3.11.13"}),
        ("graalpy", {"implementation": "graalpy", "version": [3, 12], "full_version": "3.12.8"}),
    ],
)
@pytest.mark.parametrize(
    "place", ["bin/python3", "PYENV_ROOT/versions/x-1.2.3/bin/python", "UV_PYTHON_INSTALL_DIR/cpython-1.2/bin/python3"]
)
def test_a_version_is_found_on_path_and_where_pyenv_and_uv_install(
    machine: Path, request_: str, facts: dict[str, object], place: str
) -> None:
    with pytest.raises(TargetError, match="there is no Python "):
        requests.find(request_)
    made = python((machine / place).parent, Path(place).name, **facts)
    assert requests.find(request_) == str(made)


def test_a_free_threaded_or_debug_python_is_only_taken_if_it_is_asked_for(machine: Path) -> None:
    python(machine / "bin", "python3.14t", version=[3, 14], full_version="3.14.1", free_threaded=True)
    python(machine / "bin", "python3.14d", version=[3, 14], full_version="3.14.1", debug=True)
    with pytest.raises(TargetError, match=r"CPython 3\.14\.1 free-threaded \(.*python3\.14t\)"):
        requests.find("3.14")
    assert requests.find("3.14t") == str(machine / "bin" / "python3.14t")


def test_the_newest_that_fits_is_taken_of_those_that_are_installed(machine: Path) -> None:
    for patch in (9, 10, 2):
        folder = machine / "PYENV_ROOT" / "versions" / f"3.14.{patch}" / "bin"
        python(folder, "python", version=[3, 14], full_version=f"3.14.{patch}")
    assert "3.14.10" in requests.find("3.14")


def test_a_command_a_path_and_a_folder_are_taken_as_they_are(machine: Path) -> None:
    program = python(machine / "bin", "mypython")
    assert requests.find("mypython") == str(program)
    assert requests.find(str(program)) == str(program)
    environment = python(machine / "env" / "bin", "python")
    assert requests.find(str(machine / "env")) == str(environment)
    assert requests.find("env") == "env/bin/python"
    (machine / HERE).mkdir()  # a folder of that name is not meant
    assert requests.find(HERE) == sys.executable
    with pytest.raises(TargetError, match="there is no interpreter in the folder"):
        requests.find(str(machine / "bin"))


def test_a_command_that_is_no_python_gives_way_to_the_version_in_its_name(machine: Path) -> None:
    # pyenv puts a command on PATH for each version that is installed, also where another one is active.
    (machine / "bin").mkdir()
    shim = machine / "bin" / "python3.14"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.14: command not found'; exit 127\n")
    shim.chmod(0o755)
    made = python(
        machine / "PYENV_ROOT" / "versions" / "3.14.2" / "bin", "python", version=[3, 14], full_version="3.14.2"
    )
    assert requests.find("python3.14") == str(made)


@pytest.mark.parametrize(
    "request_", ["nonsense", "python", "3.99", "4", "", ">=3.9", "a\0b", "x" * 5000, "3.11.7.1", "t"]
)
def test_what_cannot_be_found_is_one_message_with_what_is_there(machine: Path, request_: str) -> None:
    with pytest.raises(TargetError) as caught:
        requests.find(request_)
    assert caught.value.hint
    assert "\0" in request_ or f"CPython {FULL}" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "junk",
        "null",
        "[1]",
        "{}",
        '{"implementation": "cpython"}',
        "[" * 100_000,
        '{"implementation": 3, "version": 3}',
    ],
)
def test_a_program_that_answers_something_else_is_no_python(machine: Path, text: str) -> None:
    (machine / "bin").mkdir()
    program = machine / "bin" / "other"
    program.write_text(f"#!{sys.executable}\nprint({text!r})\n")
    program.chmod(0o755)
    with pytest.raises(TargetError, match="does not behave like Python"):
        of_executable("other")


def test_the_other_pythons_of_this_machine_are_found_by_version() -> None:
    needed("3.12")
    assert of_executable("3.12").version == (3, 12)
