"""The hooks as front ends see them: their names, their arguments, and what they import."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pyo3_features_backend as backend
from support.examples import example

# PEP 517, "Build backend interface", and PEP 660.
HOOKS: dict[str, dict[str, object]] = {
    "get_requires_for_build_wheel": {"config_settings": None},
    "get_requires_for_build_editable": {"config_settings": None},
    "get_requires_for_build_sdist": {"config_settings": None},
    "prepare_metadata_for_build_wheel": {"metadata_directory": ..., "config_settings": None},
    "prepare_metadata_for_build_editable": {"metadata_directory": ..., "config_settings": None},
    "build_wheel": {"wheel_directory": ..., "config_settings": None, "metadata_directory": None},
    "build_editable": {"wheel_directory": ..., "config_settings": None, "metadata_directory": None},
    "build_sdist": {"sdist_directory": ..., "config_settings": None},
}


def test_each_hook_has_the_name_and_the_arguments_of_its_pep() -> None:
    assert sorted(backend.__all__) == sorted(HOOKS)
    found = {
        name: {
            argument.name: ... if argument.default is inspect.Parameter.empty else argument.default
            for argument in inspect.signature(getattr(backend, name)).parameters.values()
        }
        for name in HOOKS
    }
    assert found == HOOKS


@pytest.mark.parametrize("name", HOOKS)
def test_each_hook_tells_of_a_folder_without_a_project_in_one_message(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        getattr(backend, name)(*[str(tmp_path)] * (... in HOOKS[name].values()))
    assert ended.value.code == 1
    out, said = capsys.readouterr()
    assert (out, said.count("\n")) == ("", 2)
    assert f"error: there is no pyproject.toml in {tmp_path}" in said


def loud_cargo(folder: Path) -> str:
    """A PATH on which cargo and rustc leave a file behind when they run."""
    folder.mkdir()
    for name in ("cargo", "rustc"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {folder}/ran\nexit 1\n")
        (folder / name).chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


def test_the_requirement_hooks_run_no_cargo_and_import_no_delegate(tmp_path: Path) -> None:
    code = (
        "import sys, pyo3_features_backend as b\n"
        "for kind in ('wheel', 'editable', 'sdist'): getattr(b, 'get_requires_for_build_' + kind)()\n"
        "print(sorted({'maturin', 'packaging', 'dataclasses', 'inspect', 'zipfile'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=example("hello", tmp_path),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PATH": loud_cargo(tmp_path / "bin")},
    )
    assert result.stdout.strip() == "[]"
    assert not (tmp_path / "bin" / "ran").exists()
