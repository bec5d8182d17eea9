"""The facts of a project that maturin builds, with the real cargo; nothing is compiled."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.build import gather_maturin
from pyo3_features_backend.build.ask_maturin import ask
from pyo3_features_backend.build.gather import Facts
from pyo3_features_backend.build.start import Start
from support.files import append, replace
from support.targets import cpython


def facts(project: Path, minor: int = 12, build_args: str = "") -> Facts:
    start = Start.read(project, {"build-args": build_args} if build_args else None)
    return gather_maturin.facts(ask(start, cpython(minor)))


def test_the_features_of_the_table_come_before_those_of_the_arguments(hello: Path) -> None:
    append(hello, "pyproject.toml", '\n[tool.maturin]\nfeatures = ["pyo3/serde"]\n')
    found = facts(hello, build_args="-F pyo3/uuid --profile dev")
    (extension,) = found.extensions
    assert [(one.feature, str(one.place)) for one in extension.requests] == [
        ("pyo3/serde", "pyproject.toml:14"),
        ("pyo3/uuid", "build arguments"),
    ]
    assert extension.features == ["pyo3/serde", "pyo3/uuid", "pyo3/abi3-py39"]
    assert (extension.shown, extension.profile, found.name) == ("Cargo.toml", "dev", "hello-pyo3")


def test_a_conditional_feature_for_other_pythons_is_a_promise(hello: Path) -> None:
    conditional = '[{ feature = "pyo3/abi3-py312", python-version = ">=3.12" }]'
    append(hello, "pyproject.toml", f"\n[tool.maturin]\nfeatures = {conditional}\n")
    older, newer = facts(hello, 11), facts(hello, 12)
    assert older.crate and newer.crate
    assert [request.feature for request in older.crate.promised] == ["abi3-py312"]
    assert older.plan.label == "cp311-cp311"
    assert newer.crate.promised == ()
    assert newer.plan.label == "cp312-abi3"


def test_the_rust_versions_count_unless_they_are_to_be_ignored(hello: Path) -> None:
    replace(hello / "Cargo.toml", "edition", 'rust-version = "1.999"\nedition')
    assert [problem.code for problem in facts(hello).plan.problems] == ["PFB110"]
    assert facts(hello, build_args="--ignore-rust-version").plan.problems == ()


def test_a_python_that_only_its_version_names_is_named_to_maturin(hello: Path) -> None:
    start = Start.read(hello, {"build-args": "--target aarch64-unknown-linux-gnu"})
    with_triple = gather_maturin.facts(ask(start))
    values = with_triple.extensions[0].arguments.values
    assert values["--interpreter"] == f"python{with_triple.target.version[0]}.{with_triple.target.version[1]}"
    assert with_triple.triple == "aarch64-unknown-linux-gnu"
    assert "--interpreter" not in facts(hello).extensions[0].arguments.values
