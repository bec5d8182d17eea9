"""maturin underneath, in real builds: what the user says to it still counts, and its traps do not spring."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.builds import Build, wheel_of
from support.examples import example
from support.files import append
from support.pythons import call

pytestmark = pytest.mark.build


def test_maturin_is_found_beside_the_interpreter_of_an_environment_that_is_not_activated(
    build: Build, tmp_path: Path
) -> None:
    scripts = Path(sys.executable).parent
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if Path(part) != scripts)
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("cargo", "rustc", "cc", "ld"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    path = os.pathsep.join(
        [str(tools), *(part for part in path.split(os.pathsep) if not Path(part, "maturin").exists())]
    )
    assert "-cp39-abi3-" in wheel_of(tmp_path, build(example("hello", tmp_path), PATH=path)).name


def test_the_users_features_reach_cargo_together_with_ours(build: Build, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(project, "Cargo.toml", "\n[features]\nplain = []\nconditional = []\nargument = []\nelsewhere = []\n")
    append(
        project,
        "pyproject.toml",
        '[tool.maturin]\nfeatures = ["plain", { feature = "conditional", python-version = ">=3.9" }, '
        '{ feature = "elsewhere", python-version = "<3.0" }]\n',
    )
    source = (
        '#[cfg(not(all(feature = "plain", feature = "conditional", feature = "argument")))]\ncompile_error!("off");\n'
    )
    append(project, "src/lib.rs", source + '#[cfg(feature = "elsewhere")]\ncompile_error!("on");\n')
    assert "-cp39-abi3-" in wheel_of(tmp_path, build(project, MATURIN_PEP517_ARGS="-F argument")).name


def test_metadata_from_the_hook_and_in_the_wheel_are_the_same(build: Build, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    for hook, prepare in (
        ("build_wheel", "prepare_metadata_for_build_wheel"),
        ("build_editable", "prepare_metadata_for_build_editable"),
    ):
        assert build(project, prepare).returncode == 0
        (folder,) = (tmp_path / "dist").glob("*.dist-info")
        prepared = {file.name: file.read_text() for file in folder.iterdir()}
        shutil.rmtree(folder)
        with zipfile.ZipFile(wheel_of(tmp_path, build(project, hook))) as archive:
            for name, text in prepared.items():
                assert archive.read(f"{folder.name}/{name}").decode() == text
        assert "Tag: cp39-abi3-" in prepared["WHEEL"]


def test_an_editable_install_works_and_a_stale_extension_stops_it(build: Build, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(project, "pyproject.toml", '[tool.maturin]\nmodule-name = "pkg.hello_pyo3"\n')
    (project / "pkg").mkdir()
    (project / "pkg" / "__init__.py").touch()
    wheel = wheel_of(tmp_path, build(project, "build_editable"))
    assert "-cp39-abi3-" in wheel.name
    assert (project / "pkg" / "hello_pyo3.abi3.so").is_file()
    code = f"import sys; sys.path.insert(0, {str(project)!r}); from pkg.hello_pyo3 import greet; print(greet('you'))"
    assert call(sys.executable, wheel, code) == "Hello, you, from Rust"
    import importlib.machinery

    stale = project / "pkg" / f"hello_pyo3{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    stale.touch()
    result = build(project, "build_editable")
    assert result.returncode == 1
    assert f"{stale} is an older build" in result.stderr
    assert "help: remove it" in result.stderr


def test_uv_builds_the_same_wheel(tmp_path: Path, compiled: Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("not run: uv is not installed")
    project = example("hello", tmp_path)
    result = subprocess.run(
        [uv, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", str(tmp_path / "out")],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CARGO_TARGET_DIR": str(compiled)},
    )
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "out").glob("*-cp39-abi3-*.whl"))


def test_a_vendored_offline_build_needs_no_network(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rn", "true"], check=False).returncode:
        pytest.skip("not run: no network namespace can be made here")
    project = example("hello", tmp_path)
    configuration = subprocess.run(["cargo", "vendor"], cwd=project, capture_output=True, text=True, check=True).stdout
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(configuration)
    code = "import pyo3_features_backend as b; b.build_wheel('.')"
    environment = {**os.environ, "MATURIN_PEP517_ARGS": "--locked --offline", "CARGO_HOME": str(tmp_path / "empty")}
    result = subprocess.run(
        [unshare, "-rn", sys.executable, "-c", code],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(Path.home() / ".rustup"))},
    )
    assert result.returncode == 0, result.stderr
    assert list(project.glob("*-cp39-abi3-*.whl"))
