"""Edits of TOML: what goes, what comes, and that all else stays as it was."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.edits.tables import Edit, EditKind, edited
from pyo3_features_backend.errors import ProjectError

pytest.importorskip("tomlkit")


PYO3 = ("dependencies", "pyo3", "features")


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        (
            'pyo3 = { version = "1", features = ["abi3", "macros"] } # c\n',
            "abi3",
            'pyo3 = { version = "1", features = ["macros"] } # c\n',
        ),
        ('pyo3 = { version = "1", features = ["abi3"] } # c\n', "abi3", 'pyo3 = { version = "1" } # c\n'),
        ('pyo3 = {features=["abi3"],version="1"}\n', "abi3", 'pyo3 = {version="1"}\n'),
        (
            'pyo3 = { version = "1", features = ["abi3"], optional = true }\n',
            "abi3",
            'pyo3 = { version = "1", optional = true }\n',
        ),
        (
            'pyo3 = { version = "1", features = [\n    "abi3",  # why\n    "macros", # m\n] }\n',
            "abi3",
            'pyo3 = { version = "1", features = [\n    "macros", # m\n] }\n',
        ),
        (
            'pyo3 = { version = "1", features = [\n    "macros", # m\n    "abi3"\n] }\nx = "1"\n',
            "abi3",
            'pyo3 = { version = "1", features = [\n    "macros", # m\n] }\nx = "1"\n',
        ),
        ('pyo3.version = "1"\npyo3.features = ["abi3"]\nx = "1"\n', "abi3", 'pyo3.version = "1"\nx = "1"\n'),
    ],
)
def test_a_feature_goes_out_of_a_dependency_and_an_empty_list_goes_too(before: str, word: str, after: str) -> None:
    head = "# top\n[dependencies]\na = '1'\n"
    assert edited(head + before, "Cargo.toml", [Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, PYO3, word)]) == head + after


def test_a_table_of_its_own_loses_the_line() -> None:
    text = '[dependencies.pyo3]\nversion = "1" # v\nfeatures = ["abi3"] # f\n\n[lib]\nname = "x"\n'
    after = '[dependencies.pyo3]\nversion = "1" # v\n\n[lib]\nname = "x"\n'
    assert edited(text, "Cargo.toml", [Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, PYO3, "abi3")]) == after


def test_a_feature_of_the_crate_is_emptied_and_keeps_its_comment() -> None:
    text = '[features]\ndefault = ["abi"]\nabi = ["pyo3/abi3"] # by hand\nmore = ["pyo3/abi3", "x"]\nx = []\n'
    edits = [Edit(EditKind.REMOVE_ENTRY, ("features", name), "pyo3/abi3") for name in ("abi", "more")]
    assert edited(text, "Cargo.toml", edits) == (
        '[features]\ndefault = ["abi"]\nabi = [] # by hand\nmore = ["x"]\nx = []\n'
    )


def test_line_ends_stay_as_they_are() -> None:
    text = '[tool.a]\r\nx = 1\r\n[build-system]\r\nrequires = [\r\n  "m", # m\r\n]\r\n'
    edits = [
        Edit(EditKind.PREPEND, ("build-system", "requires"), "ours"),
        Edit(EditKind.SET_KEY, ("tool", "b", "y"), "z"),
    ]
    after = '[tool.a]\r\nx = 1\r\n[build-system]\r\nrequires = [\r\n  "ours",\r\n  "m", # m\r\n]\r\n'
    assert edited(text, "pyproject.toml", edits) == after + '\r\n[tool.b]\r\ny = "z"\r\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('requires = ["m"] # c\n', 'requires = ["ours", "m"] # c\n'),
        ("requires = [ 'm' ]\n", "requires = [ 'ours', 'm' ]\n"),
        ("requires = []\n", 'requires = ["ours"]\n'),
        ('requires = [\n    # why\n    "m",\n]\n', 'requires = [\n    "ours",\n    # why\n    "m",\n]\n'),
    ],
)
def test_a_requirement_comes_first_in_the_form_of_the_others(before: str, after: str) -> None:
    head = "[build-system]\n"
    assert edited(head + before, "", [Edit(EditKind.PREPEND, ("build-system", "requires"), "ours")]) == head + after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[tool.uv]\n", '[tool.uv]\nkeys = "x"\n'),
        ("[tool.uv]", '[tool.uv]\nkeys = "x"\n'),
        (
            "[tool.uv]\na = [\n  1,\n] # a\n\n# of b\n[tool.b]\nc = 1\n",
            '[tool.uv]\na = [\n  1,\n] # a\nkeys = "x"\n\n# of b\n[tool.b]\nc = 1\n',
        ),
        ("[tool.uv.sources]\na = 1\n", '[tool.uv.sources]\na = 1\n\n[tool.uv]\nkeys = "x"\n'),
        ("[tool.uv]\nkeys = 'old' # c\n", "[tool.uv]\nkeys = 'x' # c\n"),
        ("", '[tool.uv]\nkeys = "x"\n'),
        ("[a]\nb = 1", '[a]\nb = 1\n\n[tool.uv]\nkeys = "x"\n'),
        ("[tool]\nuv.a = 1\n", '[tool]\nuv.a = 1\nuv.keys = "x"\n'),
        ("[tool]\nuv = { a = 1 } # c\n", '[tool]\nuv = { a = 1, keys = "x"} # c\n'),
    ],
)
def test_a_key_is_put_where_it_disturbs_nothing(before: str, after: str) -> None:
    assert edited(before, "", [Edit(EditKind.SET_KEY, ("tool", "uv", "keys"), "x")]) == after


def test_tables_in_any_order_are_edited_where_they_are() -> None:
    text = '[tool.a]\nx = ["p", "q"]\n[project]\nname = "n"\n[[tool.c.d]]\nf = ["u", "v"]\nl = true\n[tool.e]\nz = 1\n'
    edits = [
        Edit(EditKind.REMOVE_ENTRY, ("tool", "a", "x"), "p"),
        Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, ("tool", "c", "d", 0, "f"), "u"),
        Edit(EditKind.REMOVE_KEY, ("tool", "c", "d", 0, "l")),
    ]
    assert edited(text, "pyproject.toml", edits) == (
        '[tool.a]\nx = ["q"]\n[project]\nname = "n"\n[[tool.c.d]]\nf = ["v"]\n[tool.e]\nz = 1\n'
    )


def test_what_cannot_be_put_into_a_file_is_told_with_its_line() -> None:
    with pytest.raises(ProjectError, match=r"tool\.uv\.keys cannot be changed") as refused:
        edited("[tool]\nuv = 1\n", "pyproject.toml", [Edit(EditKind.SET_KEY, ("tool", "uv", "keys"), "x")])
    assert refused.value.hint == 'put "x" there by hand, then run the command again'
    assert str(refused.value.place) == "pyproject.toml:2"


def test_an_entry_of_a_list_that_is_written_as_tables_becomes_one() -> None:
    before = '[[tool.uv.cache-keys]]\nfile = "a"\n'
    after = edited(before, "f", [Edit(EditKind.APPEND, ("tool", "uv", "cache-keys"), {"file": "b/**/*.rs"})])
    assert after == before + '[[tool.uv.cache-keys]]\nfile = "b/**/*.rs"\n'
