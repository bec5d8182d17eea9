"""The environment of cargo by hand, by value: what is in it, and where it finds libpython."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import cargo_environment
from pyo3_features_backend.build import survey
from pyo3_features_backend.errors import SettingsError, TargetError
from pyo3_features_backend.facts.config_format import Abi, Config
from support.examples import example
from support.targets import cpython


@pytest.mark.parametrize(
    ("system", "library", "expected"),
    [
        ("linux", "/opt/python/lib", ("LD_LIBRARY_PATH", "/opt/python/lib")),
        ("linux", "/usr/lib/x86_64-linux-gnu", ("LD_LIBRARY_PATH", None)),
        ("darwin", "/opt/python/lib", ("DYLD_FALLBACK_LIBRARY_PATH", "/opt/python/lib")),
        ("win32", None, ("PATH", "C:")),
    ],
)
def test_where_libpython_is_found(system: str, library: str | None, expected: tuple[str, str | None]) -> None:
    target = cpython(12)._replace(system=system, executable="C:/python.exe", base_executable="C:/python.exe")
    config = Config((3, 12), Abi("CPython", "gil_enabled", (3, 12)), lib_dir=library)
    found = cargo_environment.library_folder(target, config)
    assert (cargo_environment.search_variable(system), found) == expected


def test_what_cannot_be_linked_is_told() -> None:
    cargo_environment.linkable(cpython(12)._replace(executable="/python"))
    with pytest.raises(TargetError, match="no shared libpython"):
        cargo_environment.linkable(cpython(12)._replace(shared=False, executable="/python"))
    with pytest.raises(TargetError, match=r"PyPy 3\.11 cannot be linked"):
        cargo_environment.linkable(cpython(11)._replace(implementation="pypy"))


MODULE = "PYO3_BUILD_EXTENSION_MODULE"


@pytest.mark.parametrize("text", ['[env]\nPYO3_BUILD_EXTENSION_MODULE = "1"\n', f'env.{MODULE} = {{ value = "1" }}\n'])
def test_cargos_own_configuration_that_leaves_it_out_is_an_error(text: str, tmp_path: Path) -> None:
    project = example("hello", tmp_path)
    (project / ".cargo").mkdir()
    (project / ".cargo" / "config.toml").write_text(text)
    with pytest.raises(SettingsError, match="tests and programs cannot be linked") as caught:
        cargo_environment.linking(project, {})
    assert str(caught.value.place).startswith(str(project / ".cargo" / "config.toml"))


def test_what_the_plan_asks_of_the_build_script_is_there_but_not_the_variable_of_wheels(tmp_path: Path) -> None:
    facts = survey.facts_of(example("hello", tmp_path), None)
    assert facts.plan.env == {MODULE: "1"}
    newer = facts._replace(
        plan=facts.plan._replace(env={MODULE: "1", "PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY": "1"})
    )
    found = cargo_environment.of_facts(newer, {})
    assert found.pop("PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY") == "1"
    assert found == cargo_environment.of_facts(facts, {})
    assert MODULE not in found
