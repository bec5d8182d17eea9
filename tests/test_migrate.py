"""Projects of others as projects with this backend: what is written, what is refused, and that the result builds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Build, call, wheel_of

from pyo3_features_backend import hardcoded, migrate
from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.migrate import pyproject, setup_files, tables, write

pytest.importorskip("tomlkit")

PYPROJECT = """# the build
[build-system]
requires = ["maturin>=1.5,<2"]  # pinned
build-backend = "maturin"

[project]
name = "gated"
version = "1.0"
requires-python = ">=3.9"

[tool.maturin]
features = ["pyo3/extension-module", { feature = "pyo3/abi3-py310", python-version = ">=3.10" }]
"""
CARGO = """[package]
name = "gated"
version = "1.0.0"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[dependencies]
# PyO3
pyo3 = { version = "0.30", default-features = false, features = ["abi3-py310", "macros"] } # ours

[features]
default = ["extension-module"]
extension-module = ["pyo3/extension-module"] # by hand
limited = ["pyo3/abi3"]
"""
# A crate that has its module only with the feature that the migration empties.
LIB = """
use pyo3::prelude::*;
#[cfg(feature = "extension-module")]
#[pymodule]
fn gated(module: &Bound<'_, PyModule>) -> PyResult<()> { module.add("LIMITED", cfg!(feature = "limited")) }
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "gated"
    (folder / "src").mkdir(parents=True)
    (folder / "pyproject.toml").write_bytes(PYPROJECT.encode())
    (folder / "Cargo.toml").write_bytes(CARGO.encode())
    (folder / "src" / "lib.rs").write_text(LIB)
    return folder


def command(project: Path, *words: str, answer: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "migrate", "-C", str(project), *words],
        capture_output=True,
        text=True,
        check=False,
        input=answer,
    )


def texts(project: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in project.iterdir() if file.is_file()}


AFTER_PYPROJECT = """# the build
[build-system]
requires = ["maturin>=1.5,<2", "pyo3-features-backend"]  # pinned
build-backend = "pyo3_features_backend"

[project]
name = "gated"
version = "1.0"
requires-python = ">=3.9"

[tool.maturin]

[tool.uv]
cache-keys = [
    {file = "pyproject.toml"},
    {file = "**/Cargo.toml"},
    {file = "**/Cargo.lock"},
    {file = "**/*.rs"},
]

[tool.pyo3-features-backend]
abi3 = "3.10" # declared before
abi3-crate-features = ["limited"]
"""
AFTER_CARGO = (
    CARGO.replace('features = ["abi3-py310", "macros"]', 'features = ["macros"]')
    .replace('"pyo3/extension-module"', "")
    .replace('"pyo3/abi3"', "")
)


def test_what_is_written_is_this_and_nothing_the_second_time(project: Path) -> None:
    result = command(project, "--yes")
    assert result.returncode == 0, result.stderr
    assert (project / "pyproject.toml").read_text() == AFTER_PYPROJECT
    assert (project / "Cargo.toml").read_text() == AFTER_CARGO
    before = texts(project)
    again = command(project, "--yes")
    assert (again.returncode, again.stdout) == (0, "nothing to change: the project uses this backend\n")
    assert texts(project) == before


def test_line_ends_stay(project: Path) -> None:
    for name, text in (("pyproject.toml", PYPROJECT), ("Cargo.toml", CARGO)):
        (project / name).write_bytes(text.replace("\n", "\r\n").encode())
    assert command(project, "--yes").returncode == 0
    assert (project / "pyproject.toml").read_bytes() == AFTER_PYPROJECT.replace("\n", "\r\n").encode()
    assert (project / "Cargo.toml").read_bytes() == AFTER_CARGO.replace("\n", "\r\n").encode()


def test_it_asks_and_only_shows(project: Path) -> None:
    before = texts(project)
    shown = command(project, "--diff")
    assert shown.returncode == 0
    assert '+build-backend = "pyo3_features_backend"' in shown.stdout
    unasked = command(project, answer="")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (1, True)
    assert {name: text for name, text in texts(project).items() if name != "Cargo.lock"} == before
    assert "Cargo.lock" not in texts(project)


def test_the_diff_is_one_that_git_applies(project: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.rstrip("\n"))
    shown = command(project, "--diff").stdout.partition("\nplan")[0]
    subprocess.run(["git", "apply"], input=shown, text=True, check=True, cwd=project)
    assert (project / "pyproject.toml").read_text() == AFTER_PYPROJECT


def test_both_plans_are_shown(project: Path) -> None:
    said = command(project, "--diff").stdout
    assert "cp310-abi3" in said
    assert [row.split()[:2] for row in said.splitlines() if row.startswith("  wheel")] == [["wheel", "cp310-abi3"]]


def test_a_project_without_a_stable_abi_is_said_to_get_one(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        PYPROJECT.replace(', { feature = "pyo3/abi3-py310", python-version = ">=3.10" }', "")
    )
    (project / "Cargo.toml").write_text(CARGO.replace('"abi3-py310", ', "").replace('limited = ["pyo3/abi3"]\n', ""))
    own = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    (row,) = [row for row in command(project, "--diff").stdout.splitlines() if row.startswith("  wheel")]
    assert row.split() == ["wheel", f"{own}-{own}", "->", "cp39-abi3"]


def git(project: Path, *words: str) -> None:
    environment = {**os.environ, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a"}
    environment["GIT_COMMITTER_EMAIL"] = "a@b"
    subprocess.run(["git", "-C", str(project), *words], check=True, capture_output=True, env=environment)


def test_uncommitted_changes_are_refused(project: Path) -> None:
    git(project, "init")
    git(project, "add", ".")
    git(project, "commit", "-m", "first")
    (project / "src" / "lib.rs").write_text(LIB + "// new\n")
    before = texts(project)
    refused = command(project, "--yes")
    assert (refused.returncode, "src/lib.rs" in refused.stderr, "--allow-dirty" in refused.stderr) == (1, True, True)
    assert texts(project) == before
    assert command(project, "--yes", "--allow-dirty").returncode == 0


def test_nothing_is_changed_where_one_file_cannot_be(project: Path) -> None:
    found = migrate.plan(project)
    before = texts(project)
    gone = write.Change("gone/Cargo.toml", "", "new")
    with pytest.raises(ProjectError):
        write.apply(project, [*found.changes, gone])
    assert texts(project) == before
    (project / "Cargo.toml").write_text(CARGO + "\n")
    with pytest.raises(ProjectError, match="changed meanwhile"):
        write.apply(project, found.changes)
    assert (project / "pyproject.toml").read_text() == PYPROJECT


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            '"maturin"\n',
            '"maturin"\nbackend-path = ["tools"]\n',
            "pyproject.toml:5: the project has a build backend of its own",
        ),
        ('"maturin"\n', '"hatchling.build"\n', "pyproject.toml:4: the build backend is hatchling.build"),
    ],
)
def test_what_cannot_be_taken_over_is_refused(old: str, new: str, said: str, project: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace(old, new))
    result = command(project, "--yes")
    assert (result.returncode, said in result.stderr) == (1, True), result.stderr


def test_a_project_without_rust_is_refused(project: Path) -> None:
    (project / "Cargo.toml").unlink()
    result = command(project, "--yes")
    assert (result.returncode, "there is no Cargo.toml" in result.stderr) == (1, True)


@pytest.mark.build
def test_the_migrated_project_builds_and_its_module_is_there(project: Path, tmp_path: Path, build: Build) -> None:
    assert command(project, "--yes").returncode == 0
    wheel = wheel_of(tmp_path, build(project))
    if sys.version_info >= (3, 10):
        assert "-cp310-abi3-" in wheel.name
        assert call(sys.executable, wheel, "import gated; print(gated.LIMITED)") == "True"
    else:
        assert "-cp39-cp39-" in wheel.name
        assert call(sys.executable, wheel, "import gated; print(gated.LIMITED)") == "False"


SETUP = """from setuptools import setup
from setuptools_rust import RustExtension as R, RustExtension

setup(
    name="ü",
    rust_extensions=[
        RustExtension("a.b", features=["pyo3/abi3-py38", "x"], py_limited_api=True, debug=False),
        RustExtension(
            "a.c",
            py_limited_api="auto",
            features=["pyo3/extension-module"],
        ),
        RustExtension("a.d", py_limited_api=False),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp38"}},
)
"""
AFTER_SETUP = """from setuptools import setup
from setuptools_rust import RustExtension as R, RustExtension

setup(
    name="ü",
    rust_extensions=[
        RustExtension("a.b", features=["x"], debug=False),
        RustExtension(
            "a.c",
        ),
        RustExtension("a.d", py_limited_api=False),
    ],
)
"""


def test_what_is_literal_goes_out_of_setup_py() -> None:
    assert setup_files.cut(SETUP, setup_files.in_setup_py(SETUP)) == AFTER_SETUP


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "setup(options={'bdist_wheel': {'universal': 1, 'py_limited_api': 'cp38'}, 'x': 1})",
            "setup(options={'bdist_wheel': {'universal': 1}, 'x': 1})",
        ),
        ("setup(options={'bdist_wheel': {'py_limited_api': 'cp38'}, 'x': 1})", "setup(options={'x': 1})"),
        ("setup(x=1, options={'bdist_wheel': {'py_limited_api': 'cp38'}})", "setup(x=1)"),
        ("setup(options={'bdist_wheel': {'py_limited_api': TAG}})", "setup()"),
        (
            "RustExtension('a', features=FEATURES, py_limited_api=LIMITED)",
            "RustExtension('a', features=FEATURES, py_limited_api=LIMITED)",
        ),
    ],
)
def test_what_is_left_of_options(before: str, after: str) -> None:
    assert setup_files.cut(before, setup_files.in_setup_py(before)) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[metadata]\nname=x\n[bdist_wheel]\npy_limited_api = cp38\n\n[x]\ny=1\n", "[metadata]\nname=x\n[x]\ny=1\n"),
        ("[bdist_wheel]\nuniversal=1\npy-limited-api: cp38", "[bdist_wheel]\nuniversal=1\n"),
        ("[other]\npy_limited_api = cp38\n", "[other]\npy_limited_api = cp38\n"),
    ],
)
def test_setup_cfg(before: str, after: str) -> None:
    assert setup_files.without_limited_api(before) == after


RENAMED = '[dependencies]\npy = { package = "pyo3", version = "1" }\n[features]\n'
LINES = '[dependencies]\npy = { package = "pyo3", version = "1", features = [\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '[dependencies]\npyo3 = { version = "0.30", features = ["abi3"] } # c\n',
            '[dependencies]\npyo3 = "0.30" # c\n',
        ),
        ('[dependencies.pyo3]\nversion = "0.30"\nfeatures = ["abi3"] # c\n', '[dependencies.pyo3]\nversion = "0.30"\n'),
        (LINES + '    "abi3",\n    "macros", # c\n] }\n', LINES + '    "macros", # c\n] }\n'),
        (
            '[target."cfg(unix)".dependencies]\npyo3-ffi = { version = "0.30", features = ["abi3", "x"] }\n',
            '[target."cfg(unix)".dependencies]\npyo3-ffi = { version = "0.30", features = ["x"] }\n',
        ),
        (
            '[workspace.dependencies]\npyo3 = { version = "0.30", features = ["extension-module"] }\n',
            '[workspace.dependencies]\npyo3 = "0.30"\n',
        ),
        (RENAMED + 'a = ["py?/abi3-py39", "b"]\nb = ["serde/abi3"]\n', RENAMED + 'a = ["b"]\nb = ["serde/abi3"]\n'),
    ],
)
def test_manifests(before: str, after: str, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text(before)
    (tmp_path / "pyproject.toml").write_text("")
    document = tables.parse(before)
    for one in hardcoded.find(tmp_path):
        assert one.line is not None
        assert one.feature in before.splitlines()[one.line - 1]
        tables.without(document, one.path, [one.feature])
    assert document.as_string() == after


def test_a_setup_requires_of_the_delegate_becomes_a_requirement() -> None:
    after = pyproject.build_system('[build-system]\nrequires = ["setuptools>=70"]\n', "setuptools-rust")
    assert 'requires = ["setuptools>=70", "pyo3-features-backend", "setuptools-rust>=1.11"]' in after
    assert 'requires = ["pyo3-features-backend", "setuptools-rust>=1.11", "setuptools>=77"]' in pyproject.build_system(
        "", "setuptools-rust"
    )


def test_cache_keys_are_added_to_those_there_are() -> None:
    text = '[tool.uv]\ncache-keys = [{ file = "pyproject.toml" }, { git = true }]\n'
    after = pyproject.cache_keys(text, ["pyproject.toml", "**/*.rs"])
    assert after == '[tool.uv]\ncache-keys = [{ file = "pyproject.toml" }, { git = true }, {file = "**/*.rs"}]\n'
    assert pyproject.cache_keys(after, ["pyproject.toml", "**/*.rs"]) == after
