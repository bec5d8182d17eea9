"""The script for PowerShell: it can be read, and every verb and option is there.

Where PowerShell is not installed, the rules of its strings (about_Quoting_Rules) and brackets are tried here.
"""

from __future__ import annotations

import re
from pathlib import Path

from pyo3_features_backend.cli.completion import text
from pyo3_features_backend.cli.shells import powershell
from pyo3_features_backend.cli.shells.commands import Command, Option, Takes, commands
from support.shells import parsers, run, written

READ = (
    "$errors = $null; [void][System.Management.Automation.Language.Parser]::ParseFile('{}', [ref]$null, [ref]$errors)"
)


def test_powershell_can_read_it(tmp_path: Path) -> None:
    file = written(tmp_path, "powershell")
    assert run("pwsh", "-NoProfile", "-Command", READ.format(file) + "; $errors") == ""


def test_every_verb_and_option_is_there_for_its_place() -> None:
    script = text("powershell")
    following = script.partition("switch -CaseSensitive ($path)")[2]
    for command in commands(parsers(), []):
        key = re.escape(" ".join(command.path))
        (case,) = re.findall(rf"^            '{key}' \{{\n.*?^            \}}", following, re.MULTILINE | re.DOTALL)
        for name in [*command.children, *(name for option in command.options for name in option.names)]:
            assert f"& $answer '{name}' " in case
    assert script.count("{") == script.count("}")


def test_a_quote_in_a_help_does_not_end_it() -> None:
    option = Option(("-x",), "it's", Takes.WORD, ("a",))
    found = powershell.script([Command((), (option,), {}, Takes.NOTHING)])
    assert "& $answer '-x' 'ParameterName' 'it''s'" in found
    assert "':-x' {\n                & $answer 'a' 'ParameterValue' 'a'\n" in found


def test_a_typographic_quote_does_not_end_it() -> None:
    assert powershell.quoted("the project\u2019s 'own'") == "'the project\u2019\u2019s ''own'''"


def outside(script: str) -> str:
    """The script without its strings and comments."""
    strings = r"'(?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*'|\"(?:[^\"`]|`.)*\""
    return re.sub(rf"{strings}|#.*", "", script)


def test_each_string_and_each_bracket_ends() -> None:
    rest = outside(text("powershell"))
    assert not re.search("['\"\u2018-\u201f]", rest)
    pairs = {")": "(", "}": "{", "]": "["}
    opened: list[str] = []
    for character in rest:
        if character in pairs.values():
            opened.append(character)
        elif character in pairs:
            assert opened.pop() == pairs[character]
    assert opened == []


def test_it_is_plain_text_that_no_encoding_of_a_console_changes() -> None:
    script = text("powershell")
    assert script.isascii()
    assert [line for line in script.splitlines() if not line.isprintable()] == []


def test_no_word_that_is_typed_is_a_pattern() -> None:
    script = outside(text("powershell"))
    assert not re.search(r"-c?(like|match)\b", script)
    assert script.endswith(".StartsWith($wordToComplete, [StringComparison]::Ordinal) }\n}\n")
