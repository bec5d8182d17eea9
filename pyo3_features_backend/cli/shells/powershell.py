"""A completion for PowerShell, from version 5 on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .commands import PROGRAM, TARGETS, Command, Takes

_SCRIPT = """\
Register-ArgumentCompleter -Native -CommandName {program} -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)

    $commands = @({commands})
    $valued = @({valued})
    $path = ''
    $previous = ''
    $skip = $false
    foreach ($element in ($commandAst.CommandElements | Select-Object -Skip 1)) {{
        if ($element.Extent.EndOffset -ge $cursorPosition -and $wordToComplete -ne '') {{ break }}
        $word = $element.Extent.Text
        $previous = $word
        if ($skip) {{
            $skip = $false
        }} elseif ($valued -ccontains $word) {{
            $skip = $true
        }} elseif ($commands -ccontains "$path $word".Trim()) {{
            $path = "$path $word".Trim()
        }}
    }}
    $answer = {{
        param($text, $kind, $help)
        [System.Management.Automation.CompletionResult]::new($text, $text, $kind, $help)
    }}
    $found = if ($skip) {{
        switch -CaseSensitive ("$path`:$previous") {{
{values}
        }}
    }} else {{
        switch -CaseSensitive ($path) {{
{following}
        }}
    }}
    $found | Where-Object {{ $_.CompletionText.StartsWith($wordToComplete, [StringComparison]::Ordinal) }}
}}
"""


def script(commands: Sequence[Command]) -> str:
    """The script. Where it has no answer, PowerShell takes names of files."""
    valued: set[str] = set()
    values, following = [], []
    for command in commands:
        path = " ".join(command.path)
        rows = [_answer(name, "ParameterName", option.help) for option in command.options for name in option.names]
        rows += [_answer(name, "ParameterValue", text) for name, text in command.children.items()]
        rows += [_answer(word, "ParameterValue", word) for word in command.words]
        following.append(_case(path, rows))
        for option in command.options:
            if option.takes == Takes.NOTHING:
                continue
            valued.update(option.names)
            rows = [_answer(word, "ParameterValue", word) for word in option.words]
            if option.takes == Takes.TRIPLE:
                rows = [f"{TARGETS} 2>$null | ForEach-Object {{ & $answer $_ 'ParameterValue' $_ }}"]
            values += [_case(f"{path}:{name}", rows) for name in option.names if rows]
    return _SCRIPT.format(
        program=PROGRAM,
        commands=", ".join(quoted(" ".join(command.path)) for command in commands if command.path),
        valued=", ".join(map(quoted, sorted(valued))),
        values="\n".join(values),
        following="\n".join(following),
    )


def _case(key: str, rows: Sequence[str]) -> str:
    inner = "".join(f"                {row}\n" for row in rows)
    return f"            {quoted(key)} {{\n{inner}                break\n            }}"


def _answer(text: str, kind: str, help_text: str) -> str:
    return f"& $answer {quoted(text)} {quoted(kind)} {quoted(help_text or text)}"


def quoted(text: str) -> str:
    """A string in which nothing is replaced. Typographic quotes end one, too (about_Quoting_Rules)."""
    return "'" + re.sub("(['\u2018\u2019\u201a\u201b])", r"\1\1", text) + "'"
