"""The script for zsh: zsh can read it, and it has a function for each verb and action."""

from __future__ import annotations

import re
from pathlib import Path

from pyo3_features_backend.cli.completion import text
from pyo3_features_backend.cli.shells import zsh
from pyo3_features_backend.cli.shells.commands import Command, Option, Takes, commands
from support.shells import parsers, run, written


def test_zsh_can_read_it(tmp_path: Path) -> None:
    assert run("zsh", "-n", str(written(tmp_path, "zsh"))) == ""


def test_each_verb_and_action_has_a_function_with_its_options() -> None:
    script = text("zsh")
    assert script.startswith("#compdef pyo3-features\n")
    for command in commands(parsers(), []):
        name = "_".join(["_pyo3-features", *command.path])
        (function,) = re.findall(rf"^{name}\(\) \{{\n.*?^\}}", script, re.MULTILINE | re.DOTALL)
        for option in command.options:
            assert all(f"{each}[" in function or f"{each}=[" in function for each in option.names)
        assert all(f"{child}) {name}_{child} " in function for child in command.children)


def test_a_help_with_quotes_and_brackets_is_one_word() -> None:
    option = Option(("-x", "--xx"), "it's [this]: so", Takes.WORD, ("a", "b"))
    found = zsh.script([Command((), (option,), {"v": "it's (so)"}, Takes.NOTHING)])
    assert r"'(-x --xx)--xx=[it'\''s \[this\]\: so]:value:(a b)'" in found
    assert r"'1:command:((v\:it\'\''s\ \(so\)))'" in found
