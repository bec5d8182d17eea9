"""Problems of the crate graph and the lock file, on crates that cargo reads and does not compile."""

from __future__ import annotations

from pathlib import Path

from support.checks import codes, found, line, the
from support.examples import example
from support.files import add, replace


def test_two_versions_of_pyo3_are_an_error(hello: Path) -> None:
    add(hello / "Cargo.toml", 'old = { package = "pyo3", version = "=0.13.2" }\n')
    the(hello, "PFB250", "Cargo.toml:11", "2 versions of pyo3: 0.13.2, 0.30.")


def test_pyo3_build_config_at_another_version(hello: Path) -> None:
    add(hello / "Cargo.toml", '\n[build-dependencies]\npyo3-build-config = "0.29"\n')
    the(hello, "PFB251", "Cargo.toml:14", "pyo3-build-config 0.29", "next to PyO3 0.30.1", beside="PFB253")
    replace(hello / "Cargo.toml", '"0.29"', '"0.30"')
    assert codes(hello) == ["PFB253"]


def test_a_missing_lock_file_is_a_finding_and_none_is_written(hello: Path) -> None:
    (hello / "Cargo.lock").unlink()
    the(hello, "PFB252", "Cargo.lock")
    assert not (hello / "Cargo.lock").exists()


def test_a_lock_file_that_disagrees_is_a_finding_and_stays_as_it_is(hello: Path) -> None:
    before = (hello / "Cargo.lock").read_bytes()
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = "0.29"')
    the(hello, "PFB253", "Cargo.lock", "not up to date with Cargo.toml")
    assert (hello / "Cargo.lock").read_bytes() == before
    add(hello / "pyproject.toml", "\n[tool.maturin]\nlocked = true\n")
    the(hello, "PFB254", "Cargo.lock", "locked or frozen")
    assert codes(hello) == ["PFB254"]


def test_a_feature_that_pyo3_does_not_have_is_an_error_with_its_line(hello: Path) -> None:
    add(hello / "Cargo.toml", '\n[features]\nlimited = ["pyo3/abi3-py38"]\n')
    the(hello, "PFB255", "Cargo.toml:14", "pyo3 0.30.1 has no feature 'abi3-py38'", beside="PFB230")
    (problem,) = found(hello, "PFB255")
    assert problem.hint
    assert "PyO3 0.29.3 was the last release with it" in problem.hint


def test_a_feature_that_a_later_pyo3_drops(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = "0.29"')
    (hello / "Cargo.lock").unlink()
    replace(hello / "pyproject.toml", 'requires-python = ">=3.9"', 'requires-python = ">=3.8"')
    the(hello, "PFB256", "pyproject.toml:8", "the floor 3.8", "0.30 has no abi3-py38", beside="PFB243 PFB252")
    add(hello / "Cargo.toml", '\n[features]\nlimited = ["pyo3/abi3-py38"]\n')
    the(
        hello, "PFB256", "Cargo.toml:14", "the feature abi3-py38, but PyO3 0.30 does not", beside="PFB233 PFB243 PFB252"
    )
    replace(hello / "Cargo.toml", '"pyo3/abi3-py38"', "")
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "3.8"\n')
    the(
        hello,
        "PFB256",
        line(hello / "pyproject.toml", "abi3 ="),
        "the floor 3.8 (abi3 = '3.8')",
        beside="PFB243 PFB252",
    )


def test_the_crates_of_a_workspace_that_setuptools_builds_are_all_looked_at(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    for name in ("one", "two"):
        add(root / "crates" / name / "src" / "lib.rs", "")
        version = "0.30" if name == "one" else "0.29"
        text = (root / "Cargo.toml").read_text().replace('name = "mixed"', f'name = "{name}"')
        text = text.replace('name = "_native"', f'name = "_{name}"')
        add(root / "crates" / name / "Cargo.toml", f'{text}\n[build-dependencies]\npyo3-build-config = "{version}"\n')
    (root / "Cargo.toml").write_text('[workspace]\nmembers = ["crates/*"]\nresolver = "2"\n')
    declared = "".join(
        f'[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._{name}"\npath = "crates/{name}/Cargo.toml"\n'
        for name in ("one", "two")
    )
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', declared)
    the(root, "PFB251", "crates/two/Cargo.toml:14", "crate two", beside="PFB253 PFB272")
    (keys,) = found(root, "PFB272")
    assert keys.hint
    assert '{ file = "crates/one/src/**/*.rs" }, ' in keys.hint
    assert '{ file = "crates/two/src/**/*.rs" }, ' in keys.hint
    assert [str(problem.place) for problem in found(root, "PFB253")] == ["Cargo.lock"]


def test_a_setup_py_that_computes_the_crates_path_is_run(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    (root / "src").rename(root / "elsewhere")
    (root / "crate").mkdir()
    for name in ("Cargo.toml", "Cargo.lock"):
        (root / name).rename(root / "crate" / name)
    (root / "elsewhere").rename(root / "crate" / "src")
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', "")
    add(
        root / "setup.py",
        "import os\nfrom setuptools import setup\nfrom setuptools_rust import RustExtension\n"
        'setup(rust_extensions=[RustExtension("mixed._native", os.path.join("crate", "Cargo.toml"))])\n',
    )
    add(root / "crate" / "Cargo.toml", '\n[build-dependencies]\npyo3-build-config = "0.29"\n')
    the(
        root,
        "PFB251",
        line(root / "crate" / "Cargo.toml", "pyo3-build-config").replace("Cargo", "crate/Cargo"),
        beside="PFB253 PFB272",
    )
    the(root, "PFB253", "crate/Cargo.lock", beside="PFB251 PFB272")
