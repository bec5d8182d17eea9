"""A project that the command made is built, installed, tested and type-checked; and a crate that became one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.files import write
from support.verbs import module

pytest.importorskip("tomlkit")

pytestmark = pytest.mark.build


def passes(result: subprocess.CompletedProcess[str]) -> str:
    """What a successful process printed."""
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def installed(project: Path, compiled: Path, *words: str) -> Path:
    """The folder that pip installed a project into."""
    site = project.parent / "site"
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--target", str(site), *words]
    passes(module(["pip", "install", *options, "."], project, CARGO_TARGET_DIR=str(compiled)))
    return site


@pytest.mark.parametrize(
    "words",
    [(), ("--mixed",), ("--delegate", "setuptools-rust"), ("--delegate", "setuptools-rust", "--mixed")],
    ids=" ".join,
)
def test_a_new_project_builds_tests_and_type_checks(words: tuple[str, ...], tmp_path: Path, compiled: Path) -> None:
    target = {"CARGO_TARGET_DIR": str(compiled)}
    passes(module(["pyo3_features_backend", "new", "My-thing", *words], tmp_path))
    project = tmp_path / "My-thing"
    site = installed(project, compiled)
    path = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    assert "1 passed" in passes(module(["pytest", "-p", "no:cacheprovider"], project, PYTHONPATH=path))
    assert "no problems found" in passes(module(["pyo3_features_backend", "check"], project))
    assert "cp39-abi3" in passes(module(["pyo3_features_backend", "matrix"], project))
    tested = passes(module(["pyo3_features_backend", "cargo", "test"], project, **target))
    assert "tests::greets ... ok" in tested
    pytest.importorskip("mypy")
    passes(module(["mypy"], project))
    outside = write(tmp_path / "user", {"use.py": "import my_thing\n\nreveal_type(my_thing.greet('you'))\n"})
    said = passes(module(["mypy", "--strict", "use.py"], outside, MYPYPATH=str(site)))
    assert 'Revealed type is "str"' in said


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_the_sdist_of_a_new_project_builds_its_wheel(delegate: str, tmp_path: Path, compiled: Path) -> None:
    passes(module(["pyo3_features_backend", "new", "thing", "--delegate", delegate], tmp_path))
    code = f"import pyo3_features_backend as b; b.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path / "thing", check=True, capture_output=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    options = ["--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--wheel-dir", str(tmp_path)]
    passes(module(["pip", "wheel", *options, str(sdist)], tmp_path, CARGO_TARGET_DIR=str(compiled)))
    assert [wheel.name.rsplit("-", 1)[0] for wheel in tmp_path.glob("*.whl")] == ["thing-0.1.0-cp39-abi3"]


@pytest.mark.parametrize("delegate", ["maturin", "setuptools-rust"])
def test_a_crate_becomes_a_package_and_stays_a_crate(delegate: str, tmp_path: Path, compiled: Path) -> None:
    cargo = '[package]\nname = "my-sums"\nversion = "0.3.0-rc.1"\nedition = "2021"\n'
    lib = "#![forbid(unsafe_code)]\npub mod my_sums {\n    pub fn add(a: u8, b: u8) -> u8 {\n        a + b\n    }\n}\n"
    use = "#[test]\nfn adds() {\n    assert_eq!(my_sums::my_sums::add(1, 2), 3);\n}\n"
    crate = write(tmp_path / "crate", {"Cargo.toml": cargo, "src/lib.rs": lib, "tests/use.rs": use})
    passes(module(["pyo3_features_backend", "init", "--delegate", delegate], crate))
    site = installed(crate, compiled)
    code = "import my_sums; print(my_sums.version())"
    called = subprocess.run(
        [sys.executable, "-c", code],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    assert passes(called) == "0.3.0-rc.1\n"
    assert "no problems found" in passes(module(["pyo3_features_backend", "check"], crate))
    tested = passes(module(["pyo3_features_backend", "cargo", "test"], crate, CARGO_TARGET_DIR=str(compiled)))
    assert "adds ... ok" in tested
