"""maturin underneath: what the user says to it still counts, and its traps do not spring."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import Build, call, example, wheel_of

from pyo3_features_backend.delegates.maturin import parse

OWN = f"cp{sys.version_info[0]}{sys.version_info[1]}"


def explain(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pyo3_features_backend", "explain", "--json", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def append(project: Path, file: str, text: str) -> None:
    (project / file).write_text((project / file).read_text() + text)


@pytest.mark.parametrize(
    "given",
    [
        {"maturin.build-args": "--features a,b -Fc --locked --target=x --config k=1 -- -C debuginfo=0"},
        {
            "build-args": [
                "-F",
                "a b",
                "--features=c",
                "--locked",
                "--target",
                "x",
                "--config=k=1",
                "--",
                "-C",
                "debuginfo=0",
            ]
        },
    ],
)
def test_build_arguments_are_read_in_every_form(given: dict[str, str | list[str]]) -> None:
    arguments = parse(given, {})
    assert arguments.features == ("a", "b", "c")
    assert arguments.values == {"--target": "x"}
    assert arguments.config == ("k=1",)
    assert arguments.rest == ("--locked", "--", "-C", "debuginfo=0")


def test_config_settings_add_to_the_environments_arguments_and_win_over_them() -> None:
    arguments = parse(
        {"maturin.build-args": "--profile dev"}, {"MATURIN_PEP517_ARGS": "--locked --profile release -F x"}
    )
    assert arguments.values == {"--profile": "dev"}
    assert arguments.features == ("x",)
    assert "--locked" in arguments.flags


def test_a_conditional_maturin_feature_is_the_floor_that_the_author_promised(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    append(
        project,
        "pyproject.toml",
        '[tool.maturin]\nfeatures = [{ feature = "pyo3/abi3-py312", python-version = ">=3.12" }]\n',
    )
    facts = json.loads(explain(project).stdout)
    digits = "cp312" if sys.version_info >= (3, 12) else OWN
    assert facts["wheel"]["python_tag"] == digits


def test_a_hard_coded_abi3_against_off_is_an_error_with_its_line_and_a_warning_from_outside(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    manifest = (project / "Cargo.toml").read_text()
    (project / "Cargo.toml").write_text(manifest.replace('"0.30"', '{ version = "0.30", features = ["abi3-py39"] }'))
    result = explain(project, PYO3_FEATURES_BACKEND_ABI3="off")
    facts = json.loads(result.stdout)
    assert (result.returncode, facts["wheel"]["python_tag"]) == (0, "cp39")
    assert facts["problems"][0]["severity"] == "warning"
    append(project, "pyproject.toml", 'abi3 = "off"\n')
    result = explain(project)
    (problem,) = json.loads(result.stdout)["problems"]
    assert result.returncode == 1
    assert (problem["file"], problem["code"]) == ("pyproject.toml", "PFB120")
    assert "Cargo.toml:11" in problem["hint"]


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PATH": "/nonexistent"}, "is not installed"),
        ({"PYO3_CONFIG_FILE": "/tmp/x"}, "the PyO3 configuration file cannot be read"),
        ({"PYO3_CROSS_PYTHON_VERSION": "3.8"}, "PYO3_CROSS_PYTHON_VERSION=3.8 is for another platform"),
        ({"MATURIN_PEP517_ARGS": "--locked 'x"}, "cannot be read"),
    ],
)
def test_an_environment_that_cannot_work_is_one_message(
    tmp_path: Path, environment: dict[str, str], message: str
) -> None:
    result = explain(example("hello", tmp_path), **environment)
    assert result.returncode == 1
    assert message in result.stderr
    assert "help: " in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_delegate_is_one_message(tmp_path: Path) -> None:
    code = "import sys; sys.modules['maturin'] = None; import pyo3_features_backend as b; b.build_wheel('.')"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=example("hello", tmp_path), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "maturin is not installed" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.build
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


def test_without_cargo_puccinialin_is_asked_for_and_its_rust_is_used(tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "puccinialin.py").write_text(
        f"def setup_rust():\n    print('set up')\n    return {{'PATH': {os.environ['PATH']!r}}}\n"
    )
    environment = {"PATH": str(tmp_path / "empty"), "PYTHONPATH": str(tmp_path)}
    code = "import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
    asked = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert "puccinialin" in asked.stdout
    result = explain(project, **environment)
    assert result.returncode == 0, result.stderr
    assert "set up" in result.stdout
    assert '"python_tag": "cp39"' in result.stdout


@pytest.mark.build
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


@pytest.mark.build
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


@pytest.mark.build
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


@pytest.mark.build
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


@pytest.mark.build
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
