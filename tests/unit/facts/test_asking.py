"""An interpreter is asked for its facts: once, on its own, and not for ever."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.errors import TargetError
from pyo3_features_backend.facts import asking


def program(folder: Path, body: str) -> str:
    """A program that logs each of its runs, and then does what ``body`` says."""
    path = folder / "python"
    path.write_text(f"#!/bin/sh\necho run >> {folder}/runs\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_the_running_python_gives_its_facts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(1)\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    asking.ask.cache_clear()
    facts = asking.ask(sys.executable)
    assert facts["version"] == list(sys.version_info[:2])
    assert facts["executable"] == sys.executable


def test_an_interpreter_is_asked_once(tmp_path: Path) -> None:
    path = program(tmp_path, f'exec {sys.executable} "$@"')
    assert asking.ask(path) == asking.ask(path)
    assert (tmp_path / "runs").read_text() == "run\n"


@pytest.mark.parametrize("body", ["exit 0", "echo '{}'", "echo '[1]'", "echo junk", "exit 3"])
def test_a_program_that_answers_something_else_is_no_python(tmp_path: Path, body: str) -> None:
    path = program(tmp_path, body)
    with pytest.raises(TargetError, match="does not behave like Python") as caught:
        asking.ask(path)
    assert caught.value.hint == f"see what `{path} --version` prints"


def test_a_program_that_does_not_end_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_PATIENCE", 0.2)
    path = program(tmp_path, "exec sleep 20")
    with pytest.raises(TargetError, match=r"does not answer: it has run for 0\.2 seconds"):
        asking.ask(path)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (["version"], r"its version is 3\.40, and 3\.\d+\.\S+ at length"),
        (["version", "full_version"], r"its version is 3\.40, and its extension files are for 3\.\d+ \(cpython-3"),
        (["version", "full_version", "soabi"], r"its extension files are for 3\.\d+ \(cpython-3"),
    ],
)
def test_a_wrapper_that_changes_a_part_of_the_answer_is_not_believed(
    edits: list[str], message: str, tmp_path: Path
) -> None:
    lies = {
        "version": r's/"version": \[3, [0-9]*\]/"version": [3, 40]/',
        "full_version": r's/"full_version": "[^"]*"/"full_version": "3.40.1"/',
        "soabi": r's/"soabi": "[^"]*"/"soabi": ""/',
    }
    words = " ".join(f"-e {shlex.quote(lies[name])}" for name in edits)
    path = program(tmp_path, f'{sys.executable} "$@" | sed {words}')
    with pytest.raises(TargetError, match=message) as caught:
        asking.ask(path)
    assert caught.value.message.startswith(f"{path!r} contradicts itself: ")
    assert caught.value.hint == f"name the interpreter itself: see what `{path} -VV` prints"
