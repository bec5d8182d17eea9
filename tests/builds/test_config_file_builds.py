"""PyO3 build configuration files against PyO3's own build scripts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.facts import config_file
from pyo3_features_backend.facts.config_file import Abi, Config
from support.pyo3_releases import RELEASES
from support.pythons import pythons

pytestmark = pytest.mark.build


@pytest.fixture(scope="session")
def crates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crates")
    for version in RELEASES:
        root = folder / version
        (root / "src").mkdir(parents=True)
        (root / "src" / "lib.rs").write_text("")
        name = "pyo3" if version.startswith("0.15") else "pyo3-ffi"
        (root / "Cargo.toml").write_text(
            '[package]\nname = "asks"\nversion = "0.1.0"\nedition = "2021"\n\n[features]\nabi3 = ["it/abi3"]\n'
            f'abi3-py39 = ["it/abi3-py39"]\n\n[dependencies]\n'
            f'it = {{ package = "{name}", version = "={version}", default-features = false }}\n'
        )
    return folder


def pyo3_says(crates: Path, version: str, feature: str = "", **environment: str) -> str:
    """The configuration that PyO3's build script ends up with, in its own words."""
    words = ["cargo", "check", "-q", *(["--features", feature] if feature else [])]
    result = subprocess.run(
        words,
        cwd=crates / version,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYO3_PRINT_CONFIG": "1", "CARGO_TARGET_DIR": str(crates / "target"), **environment},
    )
    found = re.search(r"PYO3_PRINT_CONFIG=1 is set.*\n((?:  \w+=.*\n)+)", result.stderr)
    assert found, result.stderr
    return "".join(row[2:] + "\n" for row in found.group(1).splitlines())


def builds(crates: Path, version: str, file: Path) -> None:
    """PyO3 itself, not only its build script, compiles with our file."""
    result = subprocess.run(
        ["cargo", "check", "-q"],
        cwd=crates / version,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "CARGO_TARGET_DIR": str(crates / "target"), "PYO3_CONFIG_FILE": str(file)},
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("release", sorted(RELEASES))
def test_what_pyo3_prints_parses_and_equals_what_we_resolve(crates: Path, release: str, tmp_path: Path) -> None:
    lowest, highest, compiles = RELEASES[release]
    compared = []
    for name, python in pythons().items():
        number = tuple(map(int, name.split(".")))
        if not lowest <= number <= highest:
            continue
        printed = pyo3_says(crates, release, PYO3_PYTHON=python)
        ours = config_file.resolve(python, release)
        assert config_file.parse(printed) == ours
        assert config_file.check(printed, "printed", pyo3=release)[1] == []
        # And back: PyO3 takes the file that we write, and understands the same.
        file = tmp_path / f"{name}.txt"
        config_file.write(file, ours, release)
        assert config_file.parse(pyo3_says(crates, release, PYO3_CONFIG_FILE=str(file))) == ours
        if python == sys.executable and sys.implementation.name == "cpython" and number <= compiles:
            builds(crates, release, file)
        compared.append(name)
    if not compared:
        pytest.skip(f"not run: no Python here that PyO3 {release} supports")


@pytest.mark.parametrize("release", sorted(RELEASES))
@pytest.mark.parametrize("feature", ["abi3", "abi3-py39"])
def test_what_pyo3_prints_with_abi3_parses(crates: Path, release: str, feature: str) -> None:
    own = sys.version_info[:2]
    lowest, highest, _ = RELEASES[release]
    if sys.implementation.name != "cpython" or not lowest <= own <= highest:
        pytest.skip(f"not run: PyO3 {release} has no abi3 for this Python")
    config = config_file.parse(pyo3_says(crates, release, feature, PYO3_PYTHON=sys.executable))
    assert config.abi.kind == "abi3"
    assert config.abi.version == ((3, 9) if feature == "abi3-py39" else own)


@pytest.mark.parametrize(
    "config",
    [
        Config((3, 14), Abi("CPython", "free_threaded", (3, 14)), build_flags=frozenset({"Py_GIL_DISABLED"})),
        Config((3, 15), Abi("CPython", "gil_enabled", (3, 15), debug=True), build_flags=frozenset({"Py_DEBUG"})),
        Config((3, 11), Abi("PyPy", "gil_enabled", (3, 11)), "PyPy", lib_name="pypy3.11-c"),
        Config((3, 12), Abi("GraalVM", "gil_enabled", (3, 12)), "GraalVM", pointer_width=64),
        Config((3, 12), Abi("CPython", "gil_enabled", (3, 12)), extra_build_script_lines=("cargo:rustc-cfg=extra",)),
    ],
)
def test_pyo3_takes_a_file_for_an_interpreter_that_is_not_here(crates: Path, config: Config, tmp_path: Path) -> None:
    for release in ("0.28.3", "0.30.1"):
        if release < "0.30" and config.version > (3, 14):
            continue
        file = tmp_path / f"{release}.txt"
        config_file.write(file, config, release)
        said = config_file.parse(pyo3_says(crates, release, PYO3_CONFIG_FILE=str(file)))
        assert (said.version, said.abi, said.implementation) == (config.version, config.abi, config.implementation)
        assert said.extra_build_script_lines == config.extra_build_script_lines
