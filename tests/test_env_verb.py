"""The environment of cargo by hand: what is in it, by value and by what a cargo that only tells is given."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import example

from pyo3_features_backend.author import cargo_environment, flags
from pyo3_features_backend.build import survey
from pyo3_features_backend.errors import SettingsError, TargetError
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.rebuild import interpreter

MODULE = "PYO3_BUILD_EXTENSION_MODULE"
MEMBER = '[package]\nname = "other"\nversion = "1.0.0"\nedition = "2021"\n'


def command(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "-C", str(project), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


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
    result = command(example("hello", tmp_path), "cargo", "test", "--", "-F", "x", **telling, **{MODULE: "1"})
    words, *variables = result.stdout.splitlines()
    assert words == "test --features pyo3/abi3-py39 -- -F x"
    assert not any(row.startswith(MODULE) for row in variables)
    assert any(row.startswith("PYO3_PYTHON=") for row in variables)


@pytest.mark.parametrize("text", ['[env]\nPYO3_BUILD_EXTENSION_MODULE = "1"\n', f'env.{MODULE} = {{ value = "1" }}\n'])
def test_cargos_own_configuration_that_leaves_it_out_is_an_error(text: str, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(text)
    with pytest.raises(SettingsError, match="tests and programs cannot be linked") as caught:
        cargo_environment.linking(project, {})
    assert str(caught.value.place).startswith(str(project / ".cargo" / "config.toml"))


@pytest.mark.parametrize("words", [("--features", "pyo3/extension-module"), ("-Fwheel",), ("--all-features",)])
def test_extension_module_among_cargos_own_words_is_an_error(words: tuple[str, ...], tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[features]\nwheel = ["pyo3/extension-module"]\n')
    result = command(project, "cargo", "test", *words)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"or leave {' '.join(words)} out" in result.stderr


def test_feature_words_end_where_those_of_the_tests_begin() -> None:
    given = ["test", "-F", "a,b", "--all-features", "-Fc", "--features=d", "--release", "--", "--all-features"]
    assert flags.feature_words(given) == ["-F", "a,b", "--all-features", "-Fc", "--features=d"]


def test_another_package_of_the_workspace_gets_none_of_the_features(tmp_path: Path, telling: dict[str, str]) -> None:
    project = example("hello", tmp_path)
    manifest = project / "Cargo.toml"
    manifest.write_text(manifest.read_text() + '\n[workspace]\nmembers = ["other"]\n')
    (project / "other" / "src").mkdir(parents=True)
    (project / "other" / "src" / "lib.rs").touch()
    (project / "other" / "Cargo.toml").write_text(MEMBER)
    assert command(project, "cargo", "check", "-p", "other", **telling).stdout.splitlines()[0] == "check -p other"
    own = command(project, "cargo", "check", "-p", "hello-pyo3", **telling).stdout.splitlines()[0]
    assert own == "check --features pyo3/abi3-py39 -p hello-pyo3"


def test_an_error_of_the_plan_stops_cargo_too(tmp_path: Path, telling: dict[str, str]) -> None:
    result = command(example("hello", tmp_path), "cargo", "check", **telling, PYO3_FEATURES_BACKEND_FEATURES="serd")
    assert (result.returncode, result.stdout) == (1, "")
    assert "did you mean serde" in result.stderr


def test_what_the_plan_asks_of_the_build_script_is_there_but_not_the_variable_of_wheels(tmp_path: Path) -> None:
    facts = survey.facts_of(example("hello", tmp_path), None)
    assert facts.plan.env == {MODULE: "1"}
    newer = facts._replace(
        plan=facts.plan._replace(env={MODULE: "1", "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY": "1"})
    )
    found = cargo_environment.of_facts(newer, {})
    assert found.pop("PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY") == "1"
    assert found == cargo_environment.of_facts(facts, {})
    assert MODULE not in found


def test_a_python_that_cannot_be_run_is_checked_for_but_not_linked(tmp_path: Path, telling: dict[str, str]) -> None:
    project = example("hello", tmp_path)
    file = tmp_path / "python.txt"
    rows = ["implementation=CPython", "version=3.14", "shared=true", "pointer_width=64", "build_flags=Py_GIL_DISABLED"]
    file.write_text("\n".join([*rows, "abiflags=t", "ext_suffix=.cpython-314t-x86_64-linux-gnu.so"]) + "\n")
    named = {**telling, "PYO3_CONFIG_FILE": str(file)}
    assert command(project, "cargo", "check", **named).stdout.splitlines()[0] == "check"
    result = command(project, "cargo", "test", **named)
    assert (result.returncode, result.stdout) == (1, "")
    assert "unset what names it: PYO3_CONFIG_FILE" in result.stderr
    with pytest.raises(TargetError, match="cannot be run here"):
        cargo_environment.linkable(running()._replace(executable=None))


def test_builds_in_a_shell_that_has_the_environment_give_the_interpreter_the_same_name() -> None:
    own = interpreter.environment(running(), {})
    if not own:
        pytest.skip("not run: this is no virtual environment")
    assert interpreter.environment(running(), {"PYO3_PYTHON": own["PYO3_PYTHON"]}) == own
    assert interpreter.environment(running(), {"PYO3_PYTHON": sys.executable}) == {}


def test_the_environment_of_another_interpreter_is_the_one_that_it_would_give_itself(tmp_path: Path) -> None:
    project, folder = example("hello", tmp_path), tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    found = json.loads(command(project, "env", "--json", "--python", str(folder / "bin" / "python")).stdout)
    here = json.loads(command(project, "env", "--json").stdout)
    for name in ("PYO3_PYTHON", "PYO3_ENVIRONMENT_SIGNATURE"):
        assert found[name] == here[name]
    assert str(folder) in found["PYTHONPATH"]


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
