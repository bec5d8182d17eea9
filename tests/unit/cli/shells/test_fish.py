"""The script for fish: what fish offers with it, and that every option is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend import cli
from pyo3_features_backend.cli.completion import text
from pyo3_features_backend.cli.shells import fish
from pyo3_features_backend.cli.shells.commands import Command, Option, Takes, commands
from support.shells import parsers, run, written


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("pyo3-features ", sorted(cli.VERBS)),
        ("pyo3-features -C config exp", ["explain"]),
        ("pyo3-features config ", ["check", "show", "write"]),
        ("pyo3-features config show --py", ["--pyo3", "--python"]),
        ("pyo3-features matrix --format s", ["svg"]),
    ],
)
def test_fish_offers_what_may_follow(line: str, expected: list[str], tmp_path: Path) -> None:
    said = run("fish", "--no-config", "-c", f"source {written(tmp_path, 'fish')}; complete -C '{line}'")
    assert sorted(row.split("\t")[0] for row in said.splitlines()) == expected


def test_every_verb_and_option_is_there_for_its_place() -> None:
    script = text("fish")
    for command in commands(parsers(), []):
        at = " ".join(["__pyo3_features_at", *command.path])
        for option in command.options:
            names = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
            assert f'complete -c pyo3-features -n "{at}" {" ".join(names)}' in script
        for child in command.children:
            assert f'complete -c pyo3-features -n "{at}" -a {child} -d ' in script


def test_a_quote_in_a_help_does_not_end_it() -> None:
    option = Option(("-x",), "it's", Takes.FOLDER)
    found = fish.script([Command((), (option,), {}, Takes.NOTHING)])
    assert r"-s x -x -a '(__fish_complete_directories)' -d 'it\'s'" in found
