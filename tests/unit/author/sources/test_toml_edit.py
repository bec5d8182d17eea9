"""Settings that are written into a file, and all else in it that stays."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.author.sources import toml_edit

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


TABLE = "[tool.pyo3-features-backend]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('[project]\nname = "x"', '[project]\nname = "x"\n\n' + TABLE + 'abi3 = "3.11" # why\n'),
        (
            '[tool.maturin]\nx = 1  # kept\n\n[project]\nname = "x"\n',
            "[tool.maturin]\nx = 1  # kept\n\n" + TABLE + 'abi3 = "3.11" # why\n\n[project]\nname = "x"\n',
        ),
        (
            TABLE + 'verify = ["tags"]  # kept\n\n[tool.ruff]\ny=2\n',
            TABLE + 'verify = ["tags"]  # kept\nabi3 = "3.11" # why\n\n[tool.ruff]\ny=2\n',
        ),
        (
            TABLE + 'verify = []\n\n[[tool.pyo3-features-backend.overrides]]\nif = {platform="linux"}\nabi3="off"\n',
            TABLE + 'verify = []\nabi3 = "3.11" # why\n\n[[tool.pyo3-features-backend.overrides]]\n'
            'if = {platform="linux"}\nabi3="off"\n',
        ),
        (TABLE + 'abi3 = "3.9" # pyo3-features probe: old\n', TABLE + 'abi3 = "3.11" # why\n'),
        (TABLE + 'abi3 = "off" # a word of the author\n', TABLE + 'abi3 = "3.11" # why; a word of the author\n'),
        ("[tool]\npyo3-features-backend = {verify = []}\n", None),
        ("tool.pyo3-features-backend.verify = []\n", None),
        ('[[tool.pyo3-features-backend.overrides]]\nif = {platform="linux"}\nabi3="off"\n', None),
    ],
)
def test_the_floor_is_written_into_any_form_of_the_table_and_nothing_else_changes(
    before: str, after: str | None
) -> None:
    written = toml_edit.with_settings(before, {"abi3": "3.11"}, "why", "pyo3-features probe: ")
    assert after is None or written == after
    expected = tomllib.loads(before)
    expected.setdefault("tool", {}).setdefault("pyo3-features-backend", {})["abi3"] = "3.11"
    assert tomllib.loads(written) == expected


def test_line_ends_stay_those_of_the_file() -> None:
    written = toml_edit.with_settings("[project]\r\nname = 'x'\r\n", {"abi3": "off"}, "why", "m")
    assert written == "[project]\r\nname = 'x'\r\n\r\n[tool.pyo3-features-backend]\r\nabi3 = \"off\" # why\r\n"
