"""The plan as flags: what is printed."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

from support.checks import built_by
from support.examples import EXAMPLES, example
from support.verbs import module


def command(project: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "args", "-C", str(project), *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_features_of_the_project_are_among_them(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (project / "pyproject.toml").open("a").write(
        '\n[tool.maturin]\nfeatures = ["pyo3/serde", { feature = "pyo3/num-bigint", python-version = "<3.0" }]\n'
    )
    assert command(project).stdout == "--features pyo3/serde,pyo3/abi3-py39\n"
    assert command(project, "--for", "cargo").stdout == "--features pyo3/serde,pyo3/abi3-py39\n"
    off = {"PYO3_FEATURES_BACKEND_ABI3": "off", "PYO3_FEATURES_BACKEND_FEATURES": "hashbrown"}
    assert command(project, **off).stdout.endswith("--features pyo3/serde,pyo3/hashbrown\n")


def test_an_interpreter_and_a_target_are_named(tmp_path: Path) -> None:
    project = EXAMPLES / "hello"
    assert command(project, "--python", sys.executable).stdout == (
        f"--interpreter {shlex.quote(sys.executable)} --features pyo3/abi3-py39\n"
    )
    triple = "aarch64-unknown-linux-gnu"
    python = f"python3.{sys.version_info[1]}"
    assert command(project, "--target", triple).stdout == (
        f"--target {triple} --interpreter {python} --features pyo3/abi3-py39\n"
    )
    facts = json.loads(command(project, "--json", "--target", triple, "--for", "cargo").stdout)
    assert facts["args"] == ["--target", triple, "--features", "pyo3/abi3-py39"]
    assert facts["env"] == {"PYO3_BUILD_EXTENSION_MODULE": "1"}


def test_variables_that_flags_cannot_stand_for_are_told() -> None:
    result = command(EXAMPLES / "hello", "--for", "cargo")
    assert "export PYO3_BUILD_EXTENSION_MODULE=1" in result.stderr
    assert "export" not in command(EXAMPLES / "hello").stderr


def test_an_error_of_the_plan_leaves_stdout_empty(tmp_path: Path) -> None:
    result = command(EXAMPLES / "hello", PYO3_FEATURES_BACKEND_FEATURES="serd")
    assert (result.returncode, result.stdout) == (1, "")
    assert "did you mean serde" in result.stderr


def test_a_setuptools_project_is_told_what_to_do_instead() -> None:
    result = command(EXAMPLES / "setuptools")
    assert (result.returncode, result.stdout) == (1, "")
    assert "python -m build" in result.stderr
    assert command(EXAMPLES / "setuptools", "--for", "cargo").stdout == "--features pyo3/abi3-py39\n"


def test_a_shell_gives_maturin_the_words_as_they_are(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    manifest = project / "Cargo.toml"
    optional = 'pyo3 = { version = "0.30", optional = true }\n[features]\ndefault = ["dep:pyo3"]'
    manifest.write_text(manifest.read_text().replace('pyo3 = "0.30"', optional))
    result = command(project)
    assert (result.stdout, result.stderr) == ("--features pyo3?/abi3-py39\n", "")
    split = subprocess.run(
        ["sh", "-c", f"printf '%s\\n' $({sys.executable} -m pyo3_features_backend args -C {project})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert split.stdout.split() == ["--features", "pyo3?/abi3-py39"]


def test_words_that_a_substitution_would_take_apart_are_quoted_with_a_warning() -> None:
    config = """--config 'profile.release.lto="fat"'"""
    result = command(EXAMPLES / "hello", MATURIN_PEP517_ARGS=config)
    assert shlex.split(result.stdout)[:2] == ["--config", 'profile.release.lto="fat"']
    assert 'help: eval "maturin build $(pyo3-features args ...)"' in result.stderr


def test_cargo_finds_a_crate_in_a_folder_below(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (project / "rust").mkdir()
    for name in ("Cargo.toml", "Cargo.lock", "src"):
        (project / name).rename(project / "rust" / name)
    expected = "--manifest-path rust/Cargo.toml --features pyo3/abi3-py39\n"
    assert command(project, "--for", "cargo").stdout == expected


def test_a_target_of_a_setuptools_project_is_named_in_the_environment() -> None:
    triple = "aarch64-unknown-linux-gnu"
    result = command(EXAMPLES / "setuptools", "--for", "cargo", "--target", triple)
    assert (result.returncode, result.stdout) == (1, "")
    assert f"CARGO_BUILD_TARGET={triple} pyo3-features args --for cargo" in result.stderr
    named = command(EXAMPLES / "setuptools", "--for", "cargo", CARGO_BUILD_TARGET=triple)
    assert named.stdout == "--features pyo3/abi3-py39\n"


def test_args_give_maturin_a_python_by_a_name_that_it_knows(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    words = ["args", "--python", f"{sys.version_info[0]}{sys.version_info[1]}"]
    said = module(["pyo3_features_backend", *words], project)
    assert f"--interpreter {sys.executable} " in said.stdout


def test_the_hooks_of_the_delegate_get_the_plan_as_config_settings(tmp_path: Path) -> None:
    maturins = built_by(example("hello", tmp_path), '["maturin"]', "maturin")
    assert command(maturins, "--for", "build").stdout == "-Cbuild-args=--features=pyo3/abi3-py39\n"
    other = built_by(example("setuptools", tmp_path), '["setuptools-rust"]', "setuptools.build_meta")
    assert command(other, "--for", "build").stdout == "-C--build-option=--py-limited-api=cp39\n"
    refused = command(other, "--for", "build", PYO3_FEATURES_BACKEND_FEATURES="serde")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "take no option for the features pyo3/serde" in refused.stderr
    assert command(EXAMPLES / "hello", "--for", "build").stdout == "\n"  # this backend plans by itself
