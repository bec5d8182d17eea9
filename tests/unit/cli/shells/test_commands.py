"""What is read from the parsers: every verb, action and option, and what its value is."""

from __future__ import annotations

import argparse

from pyo3_features_backend import cli
from pyo3_features_backend.cli.shells.commands import Option, Takes, commands
from support.shells import parsers

FOUND = {command.path: command for command in commands(parsers(), ["PFB272"])}


def option(name: str, *path: str) -> Option:
    (found,) = (each for each in FOUND[path].options if name in each.names)
    return found


def test_every_verb_and_action_is_there_with_its_help() -> None:
    assert dict(FOUND[()].children) == {name: listed.help for name, listed in cli.VERBS.items()}
    assert ("config", "write") in FOUND and ("cache", "clear") in FOUND
    assert all(each.help for command in FOUND.values() for each in command.options)


def test_a_value_is_a_file_a_folder_one_of_some_words_or_a_target() -> None:
    assert option("--output", "matrix").takes == Takes.FILE
    assert option("-C", "cache", "info") == Option(
        names=("-C",), help="the project's folder (default: the current one)", takes=Takes.FOLDER
    )
    assert option("--for", "args").words == ("maturin", "cargo", "build")
    assert option("--target", "explain").takes == Takes.TRIPLE
    assert option("--pyo3", "config", "check").takes == Takes.TEXT
    assert option("--version").names == ("-V", "--version")
    for name, path in (("--json", ("explain",)), ("--json", ("env",)), ("--version", ()), ("-q", ("help",))):
        assert option(name, *path).takes == Takes.NOTHING


def test_arguments_are_files_or_words() -> None:
    assert FOUND["audit",].takes == Takes.FILE
    assert FOUND["help",].words == ("PFB272",)
    assert FOUND["completion",].words == ("bash", "zsh", "fish", "powershell")
    assert FOUND["check",].takes == Takes.NOTHING


def test_a_parser_without_verbs_is_one_command() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    (command,) = commands(parser, [])
    assert (command.path, command.options, command.children, command.takes) == ((), (), {}, Takes.NOTHING)
