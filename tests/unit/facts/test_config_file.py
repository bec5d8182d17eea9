"""PyO3 build configuration files: what is written is read back, and bad ones by the dozen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3_features_backend.facts import config_file
from pyo3_features_backend.facts.config_file import Abi, Config, ConfigFileError
from pyo3_features_backend.facts.config_format import KEYS
from support.pyo3_releases import RELEASES

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    version = (3, draw(st.integers(9, 15)))
    kind = draw(st.sampled_from(["gil_enabled", "abi3"] + (["free_threaded"] if version >= (3, 13) else [])))
    floor = (3, draw(st.integers(9, version[1]))) if kind == "abi3" else version
    debug = draw(st.booleans())
    flags = frozenset(
        draw(st.lists(words, max_size=2))
        + (["Py_GIL_DISABLED"] if kind == "free_threaded" else [])
        + (["Py_DEBUG"] if debug else [])
    )
    return Config(
        version,
        Abi("CPython", kind, floor, debug),
        "CPython",
        draw(st.booleans()),
        draw(st.none() | words),
        draw(st.none() | words.map(lambda word: f"/{word}")),
        draw(st.none() | words.map(lambda word: f"/{word}/python")),
        draw(st.sampled_from([None, 32, 64])),
        flags,
        draw(st.booleans()),
        tuple(draw(st.lists(words.map(lambda word: f"cargo:rustc-cfg={word}"), max_size=2))),
        draw(st.none() | words.filter(lambda word: word != "None")),  # which PyO3 writes where there is no framework
    )


@given(configs())
def test_what_is_written_is_read_back_the_same(config: Config) -> None:
    text = config_file.text(config, "0.30.1")
    assert config_file.parse(text) == config
    assert config_file.text(config_file.parse(text), "0.30.1") == text


@given(configs(), st.sampled_from(sorted(RELEASES)))
def test_a_file_for_a_release_holds_only_its_keys(config: Config, release: str) -> None:
    if config.free_threaded and release < "0.23":
        with pytest.raises(ConfigFileError, match="free-threaded"):
            config_file.text(config, release)
        return
    text = config_file.text(config, release)
    _, problems = config_file.check(text, "f", pyo3=release)
    assert not problems
    keys = {line.split("=")[0] for line in text.splitlines()}
    assert ("target_abi" in keys) == (release >= "0.29")
    assert ("abi3" in keys) == (release < "0.29")
    assert keys <= set(KEYS)
    assert config_file.text(config_file.parse(text), release) == text


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("implementation=CPython\n", "PFB207", None),
        ("version=3.11\nimplementation=Jython\n", "PFB206", 2),
        ("version=3.11\nimplementation=GraalPy\n", "PFB206", 2),
        ("version=3.11\nabi3=true\ntarget_abi=CPython-abi3-3.9\n", "PFB208", 2),
        ("version=3.14\nbuild_flags=Py_GIL_DISABLED\ntarget_abi=CPython-gil_enabled-3.14\n", "PFB210", 3),
        ("version=3.14\nbuild_flags=Py_GIL_DISABLED\ntarget_abi=CPython-abi3-3.9\n", "PFB210", 3),
        ("version=3.11\ntarget_abi=CPython-abi3-3.12\n", "PFB210", 2),
        ("version=3.11\ntarget_abi=CPython-gil_enabled-3.12\n", "PFB210", 2),
        ("version=3.11\ntarget_abi=PyPy-gil_enabled-3.11\n", "PFB210", 2),
        ("version=3.12\nbuild_flags=Py_GIL_DISABLED\n", "PFB210", 2),
        ("version=3.11\nshared\n", "PFB202", 2),
        ("version=3.11\n\nshared=true\n", "PFB202", 2),
        ("version=3.11\npointer_width=32\n", "PFB209", 2),
        ("version=3.11\npointer_width=48\n", "PFB206", 2),
        ("version=3.14t\n", "PFB206", 1),
        ("version=3.11\nversion=3.12\n", "PFB203", 2),
        ("version=3.11\nshared=True\n", "PFB206", 2),
        ("version=3.11\n\x00\x01=2\n", "PFB201", 2),
        (b"version=3.11\n\xff\xfe=2\n", "PFB201", 2),
        ("", "PFB207", None),
    ],
)
def test_a_bad_file_is_an_error_with_its_line(tmp_path: Path, text: str | bytes, code: str, line: int | None) -> None:
    file = tmp_path / "pyo3.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigFileError) as caught:
        config_file.read(file, pointer_width=64)
    assert re.findall(r"\[(PFB\d+)\]", str(caught.value)) == [code]
    assert f"{file}{'' if line is None else f':{line}'}: " in str(caught.value)


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigFileError, match="cannot be read: No such file"):
        config_file.read(tmp_path / "none")
    with pytest.raises(ConfigFileError, match="cannot be read"):
        config_file.read(tmp_path)
    with pytest.raises(ConfigFileError, match="relative path"):
        config_file.from_environment("pyo3.txt")
