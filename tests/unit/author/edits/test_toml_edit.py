"""Settings that are written into a file, and all else in it that stays."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.author.edits import toml_edit

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


LIST = ["cp310-abi3", "cp314-cp314t"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TABLE, TABLE + 'expect = ["cp310-abi3", "cp314-cp314t"]\n'),
        (TABLE + 'expect = [ "cp39-abi3", "cp310-abi3" ] # mine\n', None),
        (TABLE + 'expect = [\n    "cp39-abi3",\n    # kept\n    "cp310-abi3",  # the wheel\n]\n', None),
        (TABLE + 'expect = ["cp310-abi3", "cp310-abi3"]\n', TABLE + 'expect = ["cp310-abi3", "cp314-cp314t"]\n'),
        (TABLE + "expect = []\n", TABLE + 'expect = ["cp310-abi3", "cp314-cp314t"]\n'),
    ],
)
def test_a_list_that_is_there_keeps_its_form(before: str, after: str | None) -> None:
    written = toml_edit.with_settings(before, {"expect": LIST})
    assert tomllib.loads(written)["tool"]["pyo3-features-backend"]["expect"] == LIST
    assert after is None or written == after
    for comment in ("# mine", "# kept", "# the wheel"):
        assert (comment in before) == (comment in written)
    assert before.count("\n") <= written.count("\n")


def test_a_long_list_has_a_line_for_each_entry() -> None:
    names = [f"cp3{minor}-cp3{minor}" for minor in range(9, 20)]
    written = toml_edit.with_settings(TABLE, {"expect": names})
    assert written.count("\n") == len(names) + 3
    assert toml_edit.with_settings(written, {"expect": names}) == written


@pytest.mark.parametrize(
    "before",
    [
        TABLE + 'abi3 = { floor = "3.14", native = "<3.14" } # mine\n',
        '[tool.pyo3-features-backend.abi3]\nfloor = "3.14" # mine\nnative = "<3.14"\n',
        TABLE + 'abi3.floor = "3.14"\nabi3.native = "<3.14" # mine\n',
    ],
)
def test_a_table_that_is_there_keeps_its_form(before: str) -> None:
    written = toml_edit.with_settings(before, {"abi3": {"floor": "3.15", "native": "<3.14"}}, "why", "m")
    assert written == before.replace("3.14", "3.15", 1)
    off = toml_edit.with_settings(before, {"abi3": "off"}, "why", "m")
    assert tomllib.loads(off)["tool"]["pyo3-features-backend"] == {"abi3": "off"}
