"""A completion for fish."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .commands import PROGRAM, TARGETS, Command, Option, Takes

_HEAD = """\
function __pyo3_features_at --description 'Whether the command line has come to this verb or action'
    set -l path
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case {valued}
                set skip 1
            case '-*'
            case '*'
                if contains -- (string join ' ' $path $word) {commands}
                    set path $path $word
                end
        end
    end
    test "$path" = "$argv"
end

complete -c {program} -f
"""


def script(commands: Sequence[Command]) -> str:
    """The script."""
    valued = {
        name
        for command in commands
        for option in command.options
        if option.takes != Takes.NOTHING
        for name in option.names
    }
    head = _HEAD.format(
        valued=" ".join(sorted(valued)),
        commands=" ".join(_quoted(" ".join(command.path)) for command in commands if command.path),
        program=PROGRAM,
    )
    return head + "".join(f"{row}\n" for command in commands for row in _rows(command))


def _rows(command: Command) -> Iterator[str]:
    place = " ".join(["__pyo3_features_at", *command.path])
    start = f'complete -c {PROGRAM} -n "{place}"'
    for option in command.options:
        names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
        yield f"{start} {names}{_value(option)} -d {_quoted(option.help)}"
    for name, text in command.children.items():
        yield f"{start} -a {name} -d {_quoted(text)}"
    if command.takes in (Takes.FILE, Takes.FOLDER):
        yield f"{start} -F"
    elif command.words:
        yield f"{start} -a {_quoted(' '.join(command.words))}"


def _value(option: Option) -> str:
    if option.takes == Takes.NOTHING:
        return ""
    if option.takes == Takes.FILE:
        return " -r -F"
    if option.takes == Takes.FOLDER:
        return " -x -a '(__fish_complete_directories)'"
    words = f"({TARGETS} 2>/dev/null)" if option.takes == Takes.TRIPLE else " ".join(option.words)
    return " -x" + (f" -a {_quoted(words)}" if words else "")


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
