"""The names that a project may have."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from pyo3_features_backend.author.scaffold.names import Names, names, standard_library
from pyo3_features_backend.errors import Place, ProjectError


@pytest.mark.parametrize(
    ("name", "module"),
    [("hello", "hello"), ("My-Crate_2", "my_crate_2"), ("a", "a"), ("a--b", "a__b"), ("console", "console")],
)
def test_a_name_gives_that_of_the_module(name: str, module: str) -> None:
    assert names(name, hint="") == Names(name, module)


def test_the_name_of_the_module_may_be_another() -> None:
    assert names("json", "Fast_JSON", hint="") == Names("json", "Fast_JSON")
    with pytest.raises(ProjectError, match=r"'fast' cannot be .*: json is a module of Python's standard library"):
        names("fast", "json", hint="")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("my.crate", "'.' is not a letter of ASCII, a digit, - or _"),
        ("größe", "'ö' is not a letter of ASCII, a digit, - or _"),
        ("two words", "' ' is not a letter of ASCII, a digit, - or _"),
        ("new\n", "'\\n' is not a letter of ASCII, a digit, - or _"),
        ("3d", "a crate and a module do not start with a digit"),
        ("_x", "the name of a distribution starts and ends with a letter or a digit"),
        ("x-", "the name of a distribution starts and ends with a letter or a digit"),
        ("--", "the name of a distribution starts and ends with a letter or a digit"),
        ("match", "match is a keyword of Rust"),
        ("Self", "self is a keyword of Rust"),
        ("class", "class is a keyword of Python"),
        ("None", "none is a keyword of Python"),
        ("proc-macro", "proc_macro is a crate of Rust itself"),
        ("json", "json is a module of Python's standard library, and one of the two would hide the other"),
        ("pyo3", "pyo3 is what the project itself is built or tested with, and one of the two would hide the other"),
        ("aux", "aux is a device on Windows, which has no such file"),
        ("COM1", "com1 is a device on Windows, which has no such file"),
    ],
)
def test_a_name_that_somebody_does_not_take_is_one_message(name: str, why: str) -> None:
    with pytest.raises(ProjectError) as refused:
        names(name, place=Place("Cargo.toml", 2), hint="rename it")
    message = f"{name!r} cannot be the name of a project: {why}"
    assert (refused.value.message, refused.value.place, refused.value.hint) == (
        message,
        Place("Cargo.toml", 2),
        "rename it",
    )


def test_the_standard_library_of_an_old_python_is_read_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "wave.py"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(sysconfig, "get_path", {"stdlib": str(tmp_path)}.__getitem__)
    assert {"json", "wave", "sys"} <= standard_library()
