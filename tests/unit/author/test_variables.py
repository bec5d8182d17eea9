"""Which variables of the environment change the plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author import variables
from pyo3_features_backend.author.platforms import PLATFORMS
from pyo3_features_backend.author.pythons import known
from pyo3_features_backend.errors import BackendError
from pyo3_features_backend.facts import settings, toml
from pyo3_features_backend.facts.interpreter import running
from support.files import write

TABLE = "[tool.pyo3-features-backend]\n"


def changing(table: str, environ: dict[str, str], config: dict[str, str] | None = None) -> list[str]:
    text = TABLE + table
    short = {f"PYO3_FEATURES_BACKEND_{name}": value for name, value in environ.items()}
    names = variables.changing(settings.read(toml.parse(text), text, short, config), known(running()))
    return [name.replace("PYO3_FEATURES_BACKEND_", "") for name in names]


@pytest.mark.parametrize(
    ("table", "environ", "expected"),
    [
        ("", {}, []),
        ("", {"ABI3": "off"}, ["ABI3"]),
        ('abi3 = "off"', {"ABI3": "off"}, []),
        ("", {"ABI3": "auto"}, []),
        ("", {"ABI3": '{ floor = "3.14", native = ">=3.10,<3.14" }'}, ["ABI3"]),
        ("", {"FEATURES": "serde", "ABI3T": "3.15", "DELEGATE": "maturin"}, ["DELEGATE", "ABI3T", "FEATURES"]),
        ("", {"VERIFY": "", "COMPILE_CACHE": "off", "EDITABLE_REBUILD": "on", "EDITABLE_PROFILE": "dev"}, []),
        # An override is for one Python only, the variable for all.
        (
            '[[tool.pyo3-features-backend.overrides]]\nif = { python-version = "<3.12" }\nabi3 = "off"',
            {"ABI3": "off"},
            ["ABI3"],
        ),
    ],
)
def test_a_variable_counts_if_the_settings_would_differ(
    table: str, environ: dict[str, str], expected: list[str]
) -> None:
    assert changing(table, environ) == expected


def test_a_config_setting_takes_precedence() -> None:
    assert changing("", {"EXPECT": "cp39-abi3"}) == ["EXPECT"]
    assert changing("", {"EXPECT": "cp39-abi3"}, {"expect": ""}) == []


@pytest.mark.parametrize(
    ("arguments", "backend", "found"),
    [
        ("--features pyo3/abi3-py312", "maturin", True),
        ("-F serde --locked", "pyo3_features_backend", True),
        ("--no-default-features", "maturin", True),
        ("--locked --offline", "maturin", False),
        ("--features serde", "setuptools.build_meta", False),
    ],
)
def test_arguments_for_maturin_count_if_they_choose_features(
    arguments: str, backend: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\n'
    write(tmp_path, {"pyproject.toml": system + '[project]\nname = "a"\n'})
    monkeypatch.setenv("MATURIN_PEP517_ARGS", arguments)
    warning = variables.warning(tmp_path, "a.yml")
    expected = "a.yml is for a plan that the environment changes: MATURIN_PEP517_ARGS"
    assert (warning.message if warning else None) == (expected if found else None)
    workflow = variables.warning(tmp_path, "a.yml", flags=True)  # it has each argument
    assert bool(workflow) == (backend != "setuptools.build_meta")


def test_the_warning_names_the_file_and_the_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"pyproject.toml": '[project]\nname = "a"\n' + TABLE})
    assert variables.warning(tmp_path, "a.yml") is None
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_ABI3", "off")
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_FEATURES", "serde")
    found = variables.warning(tmp_path, "a.yml")
    assert found and (found.code, found.severity) == ("PFB162", "warning")
    assert found.message == (
        "a.yml is for a plan that the environment changes: PYO3_FEATURES_BACKEND_ABI3, PYO3_FEATURES_BACKEND_FEATURES"
    )
    assert found.hint == "unset them, or write the same into [tool.pyo3-features-backend] of pyproject.toml"
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_ABI3", "yes")
    with pytest.raises(BackendError, match="PYO3_FEATURES_BACKEND_ABI3"):
        variables.warning(tmp_path, "a.yml")


def test_a_variable_counts_for_the_pythons_that_the_file_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    override = '[[tool.pyo3-features-backend.overrides]]\nif = { platform = "emscripten" }\nfeatures = []\n'
    write(tmp_path, {"pyproject.toml": f'{TABLE}features = ["serde"]\n{override}'})
    monkeypatch.setenv("PYO3_FEATURES_BACKEND_FEATURES", "serde")
    assert variables.warning(tmp_path, "a.yml") is None
    assert variables.warning(tmp_path, "a.yml", platform=PLATFORMS["pyodide"])
