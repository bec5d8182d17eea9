"""PyO3 build configuration files: what is written is read back, and bad ones by the dozen."""

from __future__ import annotations

import json
import re
import subprocess
import sys
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


rows = st.tuples(st.sampled_from(sorted(KEYS)) | words, words).map(lambda pair: "=".join(pair).encode())
# Such as a file in order has, so that some of what is made of them is one, and some nearly is.
right = st.sampled_from([b"implementation=CPython", b"shared=true", b"pointer_width=64", b"build_flags=", b"abi3=true"])
nearly = st.lists(right | rows, max_size=4, unique=True).map(lambda some: b"\n".join([b"version=3.11", *some]))


@given(st.binary(max_size=80) | st.lists(rows, max_size=6).map(b"\n".join) | nearly)
def test_no_file_at_all_makes_it_stumble(data: bytes) -> None:
    config, problems = config_file.check(data, "f")
    assert (config is None) == any(problem.severity == "error" for problem in problems)
    for problem in problems:
        assert problem.hint
        assert problem.place is not None
    if config:
        assert config_file.parse(config_file.text(config, "0.30.1")).version == config.version


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


def test_maturins_keys_are_kept_and_unknown_ones_are_a_warning() -> None:
    config, problems = config_file.check("version=3.14\nabi_tag=314t\nlib_nam=x\n", "f")
    assert config
    assert config.others == (("abi_tag", "314t"), ("lib_nam", "x"))
    assert [(problem.severity, problem.hint) for problem in problems] == [("warning", "did you mean lib_name?")]
    _, problems = config_file.check("version=3.11\nlib_nam=x\n", "f", pyo3="0.17.3")
    assert [problem.severity for problem in problems] == ["error"]


def test_a_free_threaded_python_of_old_pyo3_is_read_as_one() -> None:
    config = config_file.parse("version=3.14\nabi3=true\nbuild_flags=Py_GIL_DISABLED\n")
    assert str(config.abi) == "CPython-free_threaded-3.14"


def command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    ours = [sys.executable, "-m", "pyo3_features_backend", "config", *words]
    return subprocess.run(ours, cwd=cwd, capture_output=True, text=True, check=False)


def test_the_command_shows_writes_and_checks(tmp_path: Path) -> None:
    shown = command("show", "--pyo3", "0.28.3", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert config_file.parse(shown.stdout).version == sys.version_info[:2]
    assert "\nabi3=false\n" in shown.stdout
    facts = json.loads(command("show", "--json", "--pyo3", "0.30.1", cwd=tmp_path).stdout)
    assert facts["config"]["version"] == list(sys.version_info[:2])
    written = command("write", "pyo3.txt", "--pyo3", "0.28.3", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    assert (tmp_path / "pyo3.txt").read_text() == shown.stdout
    assert command("check", "pyo3.txt", cwd=tmp_path).stdout == "pyo3.txt: no problem found\n"
    newer = command("check", "pyo3.txt", "--pyo3", "0.30.1", cwd=tmp_path)
    assert (newer.returncode, "pyo3.txt:4: abi3 is deprecated" in newer.stdout) == (0, True)
    (tmp_path / "pyo3.txt").write_text("shared=true\n")
    bad = command("check", "pyo3.txt", "--json", cwd=tmp_path)
    assert bad.returncode == 1
    assert [problem["code"] for problem in json.loads(bad.stdout)["problems"]] == ["PFB207"]
    none = command("check", "none.txt", cwd=tmp_path)
    assert none.returncode == 1
    assert "none.txt: the PyO3 configuration file cannot be read" in none.stderr
    assert "Traceback" not in none.stderr
