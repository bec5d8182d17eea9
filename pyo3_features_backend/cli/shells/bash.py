"""A completion for bash, from version 3.2 on, which macOS has."""

from __future__ import annotations

from collections.abc import Sequence

from .commands import PROGRAM, TARGETS, Command, Takes

# COMP_WORDBREAKS makes three words of --format=json.
_SCRIPT = """\
_pyo3_features() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} path="" words="" word i
    if [[ $cur == "=" ]]; then
        cur=""
    elif [[ $prev == "=" ]]; then
        prev=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${{COMP_WORDS[i]}}
        case "$path:$word" in
            {valued})
                [[ ${{COMP_WORDS[i+1]}} == "=" ]] && ((i++))
                ((i++))
                ;;
            {commands}) path="$path $word" ;;
        esac
    done
    COMPREPLY=()
    case "$path:$prev" in
{values}
    esac
    case "$path:$cur" in
{following}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}}
complete -o bashdefault -o default -F _pyo3_features {program}
"""


def script(commands: Sequence[Command]) -> str:
    """The script."""
    valued, values, following = [], [], []
    for command in commands:
        path = _path(command.path)
        for option in command.options:
            if option.takes != Takes.NOTHING:
                keys = "|".join(f'"{path}:{name}"' for name in option.names)
                valued.append(keys)
                values.append(f"        {keys}) {_of_value(option.takes, option.words)} ;;")
        names = " ".join(name for option in command.options for name in option.names)
        following.append(f'        "{path}:-"*) words="{names}" ;;')
        following.append(f'        "{path}:"*) {_of_arguments(command)} ;;')
    return _SCRIPT.format(
        valued="|".join(valued),
        commands="|".join(f'"{_path(command.path[:-1])}:{command.path[-1]}"' for command in commands if command.path),
        values="\n".join(values),
        following="\n".join(following),
        program=PROGRAM,
    )


def _path(path: Sequence[str]) -> str:
    return "".join(f" {name}" for name in path)


def _of_value(takes: Takes, words: Sequence[str]) -> str:
    """A command that completes the value of an option. With no answer, bash takes names of files."""
    if takes in (Takes.FILE, Takes.FOLDER):
        return "return"
    text = f"$({TARGETS} 2>/dev/null)" if takes == Takes.TRIPLE else " ".join(words)
    return f'COMPREPLY=($(compgen -W "{text}" -- "$cur")); return'


def _of_arguments(command: Command) -> str:
    if command.takes in (Takes.FILE, Takes.FOLDER):
        return "return"
    return f'words="{" ".join([*command.children, *command.words])}"'
