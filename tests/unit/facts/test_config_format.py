"""The format of PyO3 build configuration files: any bytes are a configuration or problems with their lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyo3_features_backend.facts import config_file
from pyo3_features_backend.facts.config_file import Abi
from pyo3_features_backend.facts.config_format import KEYS, check

words = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


rows = st.tuples(st.sampled_from(sorted(KEYS)) | words, words).map(lambda pair: "=".join(pair).encode())


# Such as a file in order has, so that some of what is made of them is one, and some nearly is.
right = st.sampled_from([b"implementation=CPython", b"shared=true", b"pointer_width=64", b"build_flags=", b"abi3=true"])


nearly = st.lists(right | rows, max_size=4, unique=True).map(lambda some: b"\n".join([b"version=3.11", *some]))


@given(st.binary(max_size=80) | st.lists(rows, max_size=6).map(b"\n".join) | nearly)
def test_no_file_at_all_makes_it_stumble(data: bytes) -> None:
    config, problems = check(data, "f")
    assert (config is None) == any(problem.severity == "error" for problem in problems)
    for problem in problems:
        assert problem.hint
        assert problem.place is not None
    if config:
        assert config_file.parse(config_file.text(config, "0.30.1")).version == config.version


def test_maturins_keys_are_kept_and_unknown_ones_are_a_warning() -> None:
    config, problems = check("version=3.14\nabi_tag=314t\nlib_nam=x\n", "f")
    assert config
    assert config.others == (("abi_tag", "314t"), ("lib_nam", "x"))
    assert [(problem.severity, problem.hint) for problem in problems] == [("warning", "did you mean lib_name?")]
    _, problems = check("version=3.11\nlib_nam=x\n", "f", pyo3="0.17.3")
    assert [problem.severity for problem in problems] == ["error"]


def test_a_free_threaded_python_of_old_pyo3_is_read_as_one() -> None:
    config = config_file.parse("version=3.14\nabi3=true\nbuild_flags=Py_GIL_DISABLED\n")
    assert str(config.abi) == "CPython-free_threaded-3.14"


@pytest.mark.parametrize(
    ("abi", "text"),
    [
        (Abi("CPython", "abi3", (3, 9)), "CPython-abi3-3.9"),
        (Abi("PyPy", "gil_enabled", (3, 11)), "PyPy-gil_enabled-3.11"),
        (Abi("CPython", "free_threaded", (3, 14), True), "CPython-free_threaded-3.14-debug"),
    ],
)
def test_an_abi_is_written_as_target_abi_names_it_and_read_back(abi: Abi, text: str) -> None:
    assert str(abi) == text
    flags = ["Py_DEBUG"] * abi.debug + ["Py_GIL_DISABLED"] * (abi.kind == "free_threaded")
    rows = [f"version=3.{abi.version[1]}", f"implementation={abi.implementation}", f"target_abi={text}"]
    config, problems = check("\n".join([*rows, f"build_flags={','.join(flags)}"]), "f")
    assert not problems
    assert config
    assert config.abi == abi


@pytest.mark.parametrize(
    ("row", "pyo3", "severities"),
    [
        ("target_abi=CPython-abi3-3.9", "0.30.1", []),
        ("target_abi=CPython-abi3-3.9", "0.28.3", ["error"]),
        ("abi3=true", "0.28.3", []),
        ("abi3=true", "0.30.1", ["warning"]),
        ("python_framework_prefix=/x", "0.23.3", ["warning"]),
        ("python_framework_prefix=/x", "0.23.4", []),
        ("unknown=1", "0.18.1", ["warning"]),
        ("unknown=1", "0.18.0", ["error"]),
        ("abiflags=t", "0.30.1", []),
    ],
)
def test_a_key_is_held_against_the_release_that_reads_it(row: str, pyo3: str, severities: list[str]) -> None:
    _, problems = check(f"version=3.12\n{row}\n", "f", pyo3=pyo3)
    assert [str(problem.severity) for problem in problems] == severities
    assert {str(problem.place) for problem in problems} <= {"f:2"}
