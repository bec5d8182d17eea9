"""The hooks on a real crate: through pyproject_hooks-like calls, pip and build, with a wheel that imports."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HELLO = Path(__file__).parent.parent / "examples" / "hello"


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("target")


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HELLO, tmp_path / "hello", ignore=shutil.ignore_patterns("target")))


def run(arguments: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.build
def test_pip_builds_the_abi3_wheel_and_other_pythons_import_it(hello: Path, tmp_path: Path, compiled: Path) -> None:
    result = run(
        ["pip", "wheel", "-v", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), "."],
        hello,
        CARGO_TARGET_DIR=str(compiled),
    )
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout + result.stderr
    assert "pyo3-features-backend: cp39-abi3 for hello-pyo3 (requires-python >=3.9, PyO3 0.30" in said
    assert "pip will not use" not in said.lower()
    (wheel,) = tmp_path.glob("*.whl")
    assert "-cp39-abi3-" in wheel.name
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    pythons = {sys.executable, *map(str, pyenv.glob("3.[19]*/bin/python"))}
    for python in sorted(pythons):
        folder = tmp_path / "installed"
        shutil.unpack_archive(wheel, folder, "zip")
        called = subprocess.run(
            [python, "-c", "import hello_pyo3; print(hello_pyo3.greet('you'))"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        assert called.stdout == "Hello, you, from Rust\n"


@pytest.mark.build
def test_build_makes_a_version_specific_wheel_from_the_sdist_when_abi3_is_off(
    hello: Path, tmp_path: Path, compiled: Path
) -> None:
    result = run(
        ["build", "--no-isolation", "-o", str(tmp_path), "-C", "abi3=off"], hello, CARGO_TARGET_DIR=str(compiled)
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert list(tmp_path.glob("hello_pyo3-0.1.0.tar.gz"))
    own = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert list(tmp_path.glob(f"*-{own}-{own}-*.whl"))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('abi4 = "off"', "unknown key 'abi4'"),
        ("abi3 = 3.9", "abi3 must be a string"),
        ('features = ["serd"]', "has no feature 'serd'"),
        ('expect = ["cp311-abi3"]', "`expect` does not list"),
        ("abi3 = ", "not valid TOML"),
    ],
)
def test_a_mistake_is_one_message_with_its_place_and_no_traceback(hello: Path, lines: str, message: str) -> None:
    file = hello / "pyproject.toml"
    file.write_text(file.read_text() + lines + "\n")
    at = len(file.read_text().splitlines())
    call = "import pyo3_features_backend as b; b.build_wheel('.')"
    result = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert message in result.stderr
    assert f"pyproject.toml:{at}: " in result.stderr
    assert "help: " in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(hello.glob("*.whl"))


def test_a_pyo3_python_that_is_another_interpreter_is_an_error(hello: Path) -> None:
    result = run(["pyo3_features_backend", "explain"], hello, PYO3_PYTHON="/nowhere/python")
    assert result.returncode == 1
    assert "PYO3_PYTHON=/nowhere/python contradicts" in result.stderr


def test_explain_prints_the_plan_as_json_and_leaves_the_tree_alone(hello: Path) -> None:
    (hello / "Cargo.lock").unlink()
    before = sorted(hello.rglob("*"))
    result = run(["pyo3_features_backend", "explain", "--json"], hello)
    assert result.returncode == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["wheel"] == {"python_tag": "cp39", "abi_tag": "abi3"}
    assert facts["features"] == ["pyo3/abi3-py39"]
    assert facts["env"] == {"PYO3_BUILD_EXTENSION_MODULE": "1"}
    assert sorted(hello.rglob("*")) == before


def test_the_delegate_is_asked_for_unless_it_is_named(hello: Path) -> None:
    call = "import pyo3_features_backend as b; print(b.get_requires_for_build_wheel())"
    asked = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=True).stdout
    assert "maturin>=1.14" in asked
    file = hello / "pyproject.toml"
    file.write_text(file.read_text().replace('"pyo3-features-backend"]', '"pyo3-features-backend", "maturin"]'))
    asked = subprocess.run([sys.executable, "-c", call], cwd=hello, capture_output=True, text=True, check=True).stdout
    assert "maturin" not in asked
