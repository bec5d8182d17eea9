"""Hard-coded features: each kind of finding, with its place and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import migrate
from pyo3_features_backend.author.checks import check
from support.checks import built_by, codes, found, line, the
from support.examples import example
from support.files import add, replace, write
from support.targets import cpython_here

SAME = "requires-python gives the same floor"


@pytest.mark.parametrize(
    ("manifest", "place", "code", "words"),
    [
        ('pyo3 = { version = "0.30", features = ["abi3-py39"] }', 11, "PFB230", SAME),
        ('pyo3 = { version = "0.30", features = [\n"abi3",\n] }', 12, "PFB230", "remove it"),
        ('pyo3 = { version = "0.30", features = ["extension-module"] }', 11, "PFB231", "remove it"),
        ('pyo3 = "0.30"\n[features]\ndefault = ["x"]\nx = [\n"pyo3/abi3-py39"]', 15, "PFB230", "write x = []"),
        ('pyo3 = "0.30"\n[features]\nx = ["pyo3/abi3-py39"]', 13, "PFB233", 'abi3-crate-features = ["x"]'),
        ('pyo3 = "0.30"\n[features]\ndefault = ["x"]\nx = ["pyo3/extension-module"]', 14, "PFB231", "write x = []"),
        ('pyo3 = "0.30"\n[features]\nx = ["pyo3/extension-module"]', None, "PFB231", ""),
        (
            'pyo3 = "0.30"\n[target."cfg(unix)".dependencies]\npyo3 = { version = "0.30", features = ["abi3-py310"] }',
            13,
            "PFB230",
            'set abi3 = "3.10" in [tool.pyo3-features-backend] if the code needs that floor',
        ),
        ('py = { package = "pyo3", version = "0.30", features = ["abi3-py39"] }', 11, "PFB230", SAME),
    ],
)
def test_a_feature_that_is_hard_coded_in_cargo_toml(
    hello: Path, manifest: str, place: int | None, code: str, words: str
) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', manifest)
    problems = found(hello, code)
    assert [str(problem.place) for problem in problems] == ([f"Cargo.toml:{place}"] if place else [])
    for problem in problems:
        assert problem.hint
        assert words in problem.hint
    assert codes(hello) == sorted([code] * len(problems) + ["PFB132"] * ("abi3-py310" in manifest))  # above 3.9


def test_a_feature_that_is_hard_coded_for_the_workspace(hello: Path) -> None:
    workspace = '[workspace.dependencies]\npyo3 = { version = "0.30", features = ["abi3-py39"] }\n'
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"\n', f"pyo3.workspace = true\n\n[workspace]\n{workspace}")
    the(hello, "PFB230", "Cargo.toml:15", "abi3-py39 is hard-coded in the dependency of hello-pyo3")


def test_a_feature_that_is_hard_coded_in_the_delegates_table(hello: Path) -> None:
    text = '\n[tool.maturin]\nfeatures = ["pyo3/extension-module", { feature = "pyo3/abi3-py310", '
    add(hello / "pyproject.toml", text + 'python-version = ">=3.10" }]\n')
    place = line(hello / "pyproject.toml", "features = [")
    the(hello, "PFB231", place, "[tool.maturin]: the backend decides it", beside="PFB230 PFB242")
    the(hello, "PFB230", place, "abi3-py310 is hard-coded in [tool.maturin]", beside="PFB231 PFB242")


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("setup.cfg", "[bdist_wheel]\npy_limited_api = cp310\n", 2, "py_limited_api = cp310 is hard-coded"),
        ("pyproject.toml", '\n[tool.distutils.bdist_wheel]\npy-limited-api = "cp39"\n', None, "py_limited_api = cp39"),
        (
            "setup.py",
            "from setuptools import setup\nsetup(\n  options={'bdist_wheel': {'py_limited_api': 'cp39'}},\n)\n",
            3,
            "py_limited_api = cp39",
        ),
    ],
)
def test_py_limited_api_that_is_given_by_hand(
    tmp_path: Path, name: str, text: str, place: int | None, words: str
) -> None:
    root = example("setuptools", tmp_path)
    add(root / name, text)
    floor = "PFB242 " if "cp310" in text else ""  # above requires-python's
    the(
        root,
        "PFB232",
        f"{name}:{place}" if place else line(root / name, "py-limited-api"),
        words,
        beside=f"{floor}PFB272",
    )


def test_what_setup_py_computes_is_found_too(tmp_path: Path) -> None:
    root = example("setuptools", tmp_path)
    replace(root / "pyproject.toml", '[[tool.setuptools-rust.ext-modules]]\ntarget = "mixed._native"\n', "")
    add(
        root / "setup.py",
        "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
        'floor = "39"\n'
        'setup(rust_extensions=[RustExtension("mixed._native", features=["pyo3/abi3-py" + floor],\n'
        "py_limited_api=True)])\n",
    )
    the(root, "PFB230", "setup.py", "abi3-py39 is hard-coded in extension mixed._native", beside="PFB232 PFB272")
    the(root, "PFB232", "setup.py:4", "py_limited_api is hard-coded", beside="PFB230 PFB272")


def test_a_hard_coded_feature_that_contradicts_a_setting_is_the_plans_error(hello: Path) -> None:
    replace(hello / "Cargo.toml", 'pyo3 = "0.30"', 'pyo3 = { version = "0.30", features = ["abi3-py39"] }')
    replace(hello / "pyproject.toml", "[tool.pyo3-features-backend]\n", '[tool.pyo3-features-backend]\nabi3 = "3.10"\n')
    problems = check(hello, cpython_here("3.12"), {})
    assert [(problem.code, problem.severity) for problem in problems][:2] == [
        ("PFB121", "error"),
        ("PFB230", "warning"),
    ]


PYPROJECT = """[build-system]
requires = ["pyo3-features-backend", "maturin"]
build-backend = "pyo3_features_backend"

[project]
name = "a"
version = "0.1.0"
requires-python = ">=3.10"
"""
CRATE = '[package]\nname = "{}"\nversion = "0.1.0"\nedition = "2021"\n'


@pytest.mark.parametrize(
    "workspace",
    [
        '[workspace.dependencies]\npyo3 = { version = "0.30", features = ["abi3-py310"] }\n',
        '[workspace.dependencies.pyo3]\nversion = "0.30"\nfeatures = [\n  # low\n  "abi3-py310",\n]\n',
    ],
)
def test_what_comes_from_the_workspace_of_a_path_dependency_is_named_there(workspace: str, tmp_path: Path) -> None:
    """The dependency beside the project has a workspace of its own, which cargo does not name."""
    text = '[workspace]\nmembers = ["c"]\n' + workspace
    files = {"pyproject.toml": PYPROJECT, "src/lib.rs": "", "../other/c/src/lib.rs": "", "../other/Cargo.toml": text}
    files["Cargo.toml"] = CRATE.format("a") + '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = "0.30"\n'
    files["Cargo.toml"] += 'c = { path = "../other/c" }\n'
    files["../other/c/Cargo.toml"] = CRATE.format("c") + "[dependencies]\npyo3 = { workspace = true }\n"
    root = write(tmp_path / "project", files)
    (problem,) = found(root, "PFB230")
    line = text.partition('"abi3-py310"')[0].count("\n") + 1
    assert str(problem.place) == f"../other/Cargo.toml:{line}"
    changed = {change.shown for change in migrate.prepare(root).changes}
    assert "../other/Cargo.toml" in changed
    for change in migrate.prepare(root).changes:
        change.path.write_bytes(change.after.encode())
    assert found(root, "PFB230") == []


def test_a_bare_abi3t_is_kept_and_both_verbs_say_so(tmp_path: Path) -> None:
    dependency = '[lib]\ncrate-type = ["cdylib"]\n[dependencies]\npyo3 = { version = "0.30", features = ["abi3t"] }\n'
    manifest = CRATE.format("a") + dependency
    root = write(tmp_path, {"pyproject.toml": PYPROJECT, "src/lib.rs": "", "Cargo.toml": manifest})
    (problem,) = found(root, "PFB230")
    assert str(problem.place) == "Cargo.toml:8"
    assert problem.hint and problem.hint.startswith('keep it, or remove it and set abi3t = "3.15"')
    migration = migrate.prepare(root)
    assert "Cargo.toml" not in [change.shown for change in migration.changes]
    (note,) = migration.notes
    assert (str(note.place), note.text.startswith("abi3t stays")) == ("Cargo.toml:8", True)


@pytest.mark.parametrize(
    ("dependency", "code", "words"),
    [
        ('{ version = "0.30", features = ["abi3-py39"] }', "PFB230", "`pyo3-features args` gives it"),
        ('{ version = "0.30", features = ["extension-module"] }', "PFB231", "maturin 1.9.4"),
    ],
)
def test_where_maturin_builds_the_plan_takes_the_place_of_what_is_hard_coded(
    hello: Path, dependency: str, code: str, words: str
) -> None:
    replace(built_by(hello, '["maturin"]', "maturin") / "Cargo.toml", 'pyo3 = "0.30"', f"pyo3 = {dependency}")
    (problem,) = found(hello, code)
    assert problem.hint and words in problem.hint and "migrate" not in problem.hint and "backend" not in problem.message


def test_what_a_delegate_is_told_in_its_own_table_is_right_without_this_backend(hello: Path) -> None:
    built_by(hello, '["maturin"]', "maturin")
    add(hello / "pyproject.toml", '\n[tool.maturin]\nfeatures = ["pyo3/extension-module", "pyo3/abi3-py39"]\n')
    assert codes(hello) == []


def test_py_limited_api_is_right_where_setuptools_builds(tmp_path: Path) -> None:
    root = built_by(example("setuptools", tmp_path), '["setuptools-rust"]', "setuptools.build_meta")
    (root / "setup.cfg").write_text("[bdist_wheel]\npy_limited_api = cp39\n")
    assert codes(root) == ["PFB272"]
