"""A completion for zsh. It is a file of a folder in ``fpath``, or is read with ``source`` after ``compinit``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .commands import PROGRAM, TARGETS, Command, Option, Takes

_FUNCTION = """\
{name}() {{
    local context state line ret=1
    typeset -A opt_args
    _arguments -C -s \\
{rows} && ret=0
{below}    return ret
}}
"""
_BELOW = """\
    case $state in
        rest)
            case $line[1] in
{cases}
            esac
            ;;
    esac
"""
_END = """\
if [[ $funcstack[1] == _{program} ]]; then
    _{program} "$@"
else
    compdef _{program} {program}
fi
"""


def script(commands: Sequence[Command]) -> str:
    """The script."""
    functions = "".join(_function(command) for command in reversed(commands))
    return f"#compdef {PROGRAM}\n\n{functions}\n{_END.format(program=PROGRAM)}"


def _name(path: Sequence[str]) -> str:
    return "_" + "_".join([PROGRAM, *path])


def _function(command: Command) -> str:
    rows = [row for option in command.options for row in _option(option)]
    below = ""
    if command.children:
        described = " ".join(f"{name}\\:{_quoted(text, inner=True)}" for name, text in command.children.items())
        rows += [f"'1:command:(({described}))'", "'*::argument:->rest'"]
        cases = "\n".join(
            f"                {name}) {_name([*command.path, name])} && ret=0 ;;" for name in command.children
        )
        below = _BELOW.format(cases=cases)
    elif command.takes != Takes.NOTHING:
        rows.append(f"'*:argument:{_action(command.takes, command.words)}'")
    return _FUNCTION.format(name=_name(command.path), rows=" \\\n".join(f"        {row}" for row in rows), below=below)


def _option(option: Option) -> list[str]:
    """A specification for each name; the names exclude each other."""
    excluded = f"({' '.join(option.names)})" if len(option.names) > 1 else ""
    value = "" if option.takes == Takes.NOTHING else f":value:{_action(option.takes, option.words)}"
    rows = []
    for name in option.names:
        joined = "=" if value and name.startswith("--") else ""
        rows.append(f"'{excluded}{name}{joined}[{_quoted(option.help)}]{value}'")
    return rows


def _action(takes: Takes, words: Sequence[str]) -> str:
    actions = {Takes.FILE: "_files", Takes.FOLDER: "_files -/", Takes.TRIPLE: f"($({TARGETS} 2>/dev/null))"}
    if takes == Takes.WORD:
        return f"({' '.join(words)})"
    return actions.get(takes, "")


def _quoted(text: str, *, inner: bool = False) -> str:
    """A help within single quotes; ``inner`` is a description in a list of words, which zsh reads once more."""
    special = r"[^\w,./-]" if inner else r"[\\\[\]:]"
    return re.sub(special, lambda match: f"\\{match[0]}", text).replace("'", "'\\''")
