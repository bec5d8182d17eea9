"""Calls of maturin in a script: which are calls, and the line that gives maturin the plan."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.sources import shell_calls


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("maturin build", "build"),
        ("uvx maturin -v publish; maturin dev", "publish dev"),
        ("python -m maturin \\\n  develop", "develop"),
        ('session.run("maturin", "build")', "build"),
        ("maturin ^\r\n build", "build"),
        ("cd x && maturin b -r", "b"),
        ("maturin build $(pyo3-features args)", ""),
        ("maturin build \\\n  $(pyo3-features args)", ""),
        ("maturin build\npyo3-features args", "build"),
        ("# maturin build", ""),
        ("maturin build # pyo3-features args", "build"),
        ("echo maturin build", ""),
        ("pip install maturin build", ""),
        ("pip install maturin && maturin build", "build"),
        ("- name: maturin build", ""),
        ("my-maturin build; maturin builder; maturin build.sh", ""),
    ],
)
def test_which_words_are_calls(script: str, commands: str) -> None:
    found = list(shell_calls.calls(script))
    assert [call.command for call in found] == commands.split()
    for call in found:
        assert script[call.start : call.end].startswith("maturin")
        assert script[call.start : call.end].endswith(call.command)


def test_a_comment_becomes_blanks_so_that_offsets_stay() -> None:
    assert shell_calls.without_comments("a # b\n#c\nd#e") == "a    \n  \nd#e"


@pytest.mark.parametrize(
    ("arguments", "option", "rest"),
    [
        (" -i 3.11 -r", " --python python3.11", " -r"),
        (" -r --interpreter=pypy3.11", " --python pypy3.11", " -r"),
        (" -i python${{ matrix.v }}", " --python python${{ matrix.v }}", ""),
        (" -i ${{ matrix.all }}", "", " -i ${{ matrix.all }}"),
        (" -i 3.11 3.12", "", " -i 3.11 3.12"),
        (" -i 3.11 -i 3.12", "", " -i 3.11 -i 3.12"),
        (" --release", "", " --release"),
        (" -r -i $(shell which pypy)", " --python $(shell which pypy)", " -r"),
        (" -i $(command -v python3) -r", " --python $(command -v python3)", " -r"),
        (" -i $(ls /opt/python)", "", " -i $(ls /opt/python)"),
        (f" -i {'${{a}}' * 26} y", "", f" -i {'${{a}}' * 26} y"),  # each expression in one way, or this takes minutes
    ],
)
def test_one_interpreter_is_named_to_the_verb_and_several_stay(arguments: str, option: str, rest: str) -> None:
    assert shell_calls.one_python(arguments) == (option, rest)


def test_the_flags_go_before_the_arguments_and_name_the_interpreter() -> None:
    assert shell_calls.with_flags(" -r") == " $(pyo3-features args) -r"
    assert shell_calls.with_flags(" -r -i 3.11", "$$") == " $$(pyo3-features args --python python3.11) -r"


@pytest.mark.parametrize(
    ("arguments", "other"),
    [
        (" -i 3.11 3.14t pypy3.11 --out 3.13t", ["3.14t", "pypy3.11"]),
        (" --interpreter '3.11 python3.14t'", ["python3.14t"]),
        (" -i 3.11 graalpy3.12", ["graalpy3.12"]),
        (" --out 3.13t", []),
        (" -i $(ls pypy)", []),
    ],
)
def test_which_interpreters_have_a_plan_of_their_own(arguments: str, other: list[str]) -> None:
    assert shell_calls.of_other_kind(arguments) == other
