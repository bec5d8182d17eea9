"""Build arguments, sorted by their meaning, and the flags for calls of cargo of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pyo3_features_backend.errors import DelegateError
from pyo3_features_backend.facts import arguments
from pyo3_features_backend.model.arguments import Arguments
from pyo3_features_backend.model.crate import Request
from pyo3_features_backend.model.extension import Extension
from support.targets import HERE


def extension(*words: str, **table: Any) -> Extension:
    requests = (Request("fast", HERE, "a test"),)
    parsed = arguments.parse(words)
    return Extension("demo", Path("Cargo.toml"), "Cargo.toml", parsed, table=table, requests=requests)


def test_each_argument_is_read_by_its_meaning_and_only_what_has_none_is_passed_on() -> None:
    words = "-mrust/Cargo.toml -F=a,b --features c -i python3.9 --config x=1 --config=y=2 --manylinux off -v --zig"
    assert arguments.parse([*words.split(), "--", "-C", "--features=d"]) == Arguments(
        features=("a", "b", "c"),
        values={"--manifest-path": "rust/Cargo.toml", "--interpreter": "python3.9", "--compatibility": "off"},
        config=("x=1", "y=2"),
        flags=frozenset({"-v", "--zig"}),
        rest=("-v", "--zig", "--", "-C", "--features=d"),
    )


@pytest.mark.parametrize("words", [["--features"], ["-i"], ["--locked", "--target", "--", "x"]])
def test_an_option_without_its_value_is_an_error(words: list[str]) -> None:
    with pytest.raises(DelegateError, match=f"build argument {words[words.index('--') - 1 if '--' in words else -1]} "):
        arguments.parse(words)


def test_cargo_gets_the_flags_of_the_arguments_and_of_the_table() -> None:
    given = extension("--locked", "--config", "a=1", offline=True, config=["b=2"], **{"no-default-features": True})
    assert arguments.cargo_flags(given) == [
        *("--locked", "--offline", "--no-default-features", "--config", "a=1", "--features", "fast")
    ]
    assert arguments.cargo_flags(given, ["x", "y"])[-2:] == ["--features", "x,y"]
    assert arguments.cargo_flags(given, [])[-2:] == ["--config", "a=1"]
    assert arguments.cargo_flags(extension(config=["b=2"])) == ["--config", "b=2", "--features", "fast"]
    assert arguments.flags_without_features(given) == ["--locked", "--offline", "--config", "a=1"]


def test_what_cargo_does_not_compare_is_told_apart() -> None:
    assert arguments.untracked_arguments(extension("--zig", "--locked", "--config", "a=1")) == ["a=1", "--zig"]
    assert arguments.untracked_arguments(extension("--locked")) == []


def test_a_target_folder_in_a_configuration_is_seen_in_its_value_and_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "with.toml").write_text('[build]\ntarget-dir = "x"\n')
    (tmp_path / "without.toml").write_text("[build]\njobs = 1\n")
    values = ["build.target-dir='x'", "build.build-dir='x'", "with.toml", "without.toml", "none.toml", "build.jobs=1"]
    found = [arguments.config_sets_target_folder(extension("--config", value), tmp_path) for value in values]
    assert found == [True, True, True, False, False, False]


@pytest.mark.parametrize(
    ("words", "replaced"),
    [
        (["--target-dir", "x", "-v"], ["--target-dir", "/new", "-v"]),
        (("--target-dir=x",), ("--target-dir=/new",)),
        (["--target-dir"], ["--target-dir"]),
        (["-v"], ["-v"]),
        (None, None),
        ("--target-dir=x", "--target-dir=x"),
    ],
)
def test_a_target_folder_that_is_given_is_replaced_and_none_is_added(words: object, replaced: object) -> None:
    assert arguments.replace_target_dir(words, Path("/new")) == replaced
    assert arguments.replace_target_dir(words, None) is words
