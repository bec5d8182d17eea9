"""What the user says to maturin, read from every place and in every form."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.delegates.maturin import compose, own_stub, parse, version
from pyo3_features_backend.facts.project import Project
from pyo3_features_backend.model.extension import Extension
from pyo3_features_backend.model.settings import Settings
from support.files import write
from support.targets import HERE, cpython, crate


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


@pytest.mark.parametrize(
    ("given", "stubs", "composed"),
    [
        ("--locked -- -C debuginfo=0", True, ["--generate-stubs", "--locked", "--", "-C", "debuginfo=0"]),
        ("--generate-stubs", True, ["--generate-stubs"]),
        ("--locked", False, ["--locked"]),
    ],
)
def test_stubs_are_asked_for_once_and_before_the_arguments_of_rustc(
    given: str, stubs: bool, composed: list[str]
) -> None:
    settings = Settings(abi3="off", stubs=stubs, sources={"stubs": ("table", HERE)})
    plan = decide(Basis(settings, cpython(12), "1.95.0"), crate("0.30.1", "experimental-inspect"))
    arguments = parse({"maturin.build-args": given}, {})
    extension = Extension("", Path("Cargo.toml"), "Cargo.toml", arguments)._replace(plan=plan)
    assert compose(extension) == composed


def test_the_installed_version_is_read() -> None:
    pytest.importorskip("maturin")
    assert re.match(r"1\.\d+", version() or "")


def test_a_stub_in_the_tree_is_found_where_maturin_would_write_one(tmp_path: Path) -> None:
    table = {"python-source": "python", "module-name": "a._b"}
    for stub in ("python/a/_b.pyi", "python/a/_b/__init__.pyi"):
        assert own_stub(Project(tmp_path, {"tool": {"maturin": table}}, ""), crate()) is None
        write(tmp_path, {stub: ""})
        for exclude, found in (
            ([], stub),
            ([stub], None),
            (["python/**/*.pyi"], None),
            (["other.pyi", {"path": stub, "format": ["sdist", "wheel"]}], None),
            ([{"path": stub, "format": "sdist"}], stub),
        ):
            project = Project(tmp_path, {"tool": {"maturin": {**table, "exclude": exclude}}}, "")
            assert own_stub(project, crate()) == found, exclude
        (tmp_path / stub).unlink()
    write(tmp_path, {"_b.pyi": ""})
    assert own_stub(Project(tmp_path, {}, ""), crate()) is None
