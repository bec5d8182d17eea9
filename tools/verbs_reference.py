"""Write docs/verbs.md from the argument parsers of the command.

    python tools/verbs_reference.py [--check]

``--check`` writes nothing, and fails on a difference.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Iterator, Sequence

from generated import ROOT, main
from pyo3_features_backend.cli import VERBS, parsers
from pyo3_features_backend.cli.common import shared_options

PAGE = ROOT / "docs" / "verbs.md"
HEAD = """\
# Verbs and options

The verbs of the command `pyo3-features`, with their arguments and options. `pyo3-features VERB --help` prints the same.

<!-- Made by tools/verbs_reference.py from the parsers in pyo3_features_backend/cli; do not edit. -->

"""
STATUS = """\
The exit status is 0, or 1 if there are problems or something fails, or 2 for wrong use. [console.md](console.md) says
what goes to stdout and what to stderr, and when there are colours.

"""
# The page that says more about a verb.
MORE = {
    "new": "new.md",
    "init": "new.md#a-crate-that-becomes-a-python-package",
    "explain": "decision.md",
    "matrix": "matrix.md",
    "check": "checks.md",
    "probe": "probe.md",
    "migrate": "migrate.md",
    "config": "targets.md#a-free-threaded-python-that-is-not-installed",
    "env": "cargo.md",
    "cargo": "cargo.md",
    "args": "args.md",
    "audit": "audit.md",
    "ci": "ci.md",
    "cache": "compile-cache.md",
    "completion": "console.md#completion-in-a-shell",
    "help": "problems.md",
}
COLUMNS = ("| option | |", "|---|---|")


def in_cell(text: str) -> str:
    """A text of the help in a cell of a table, where `|` would end it; code stays code."""
    return " ".join(text.split()).replace("|", "\\|")


def spelling(action: argparse.Action) -> str:
    """An option with the name of its value or its choices, ``-C DIR``; an argument that may be left out in brackets."""
    many = "…" if action.nargs in ("*", "+", argparse.REMAINDER) else ""
    value = ""
    if action.nargs != 0:
        choices = "|".join(map(str, action.choices or ()))
        value = action.metavar if isinstance(action.metavar, str) else choices or action.dest.upper()
    if action.option_strings:
        named = [in_cell(f"{name} {value}{many}".strip()) for name in action.option_strings]
        return ", ".join(f"`{name}`" for name in named)
    wanted = f"{value}{many}"
    return wanted if action.nargs in (None, "+") else f"[{wanted}]"


def shared() -> list[argparse.Action]:
    """The options that every verb and action has."""
    parser = argparse.ArgumentParser(add_help=False)
    shared_options(parser)
    return parser._actions


def rows(actions: Sequence[argparse.Action]) -> list[str]:
    """A row of the table for each option or argument."""
    found = []
    for action in actions:
        name = spelling(action)
        name = name if action.option_strings else f"`{in_cell(name)}`"
        found.append(f"| {name} | {in_cell(action.help or '')} |")
    return found


def section(parser: argparse.ArgumentParser, more: str | None, level: str) -> Iterator[str]:
    """The lines about a verb or an action: how it is called, an example, its options, and its actions."""
    common = {name for action in shared() for name in action.option_strings} | {"-h"}
    own: list[argparse.Action] = []
    below: list[argparse.ArgumentParser] = []
    words = parser.prog
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = list(action.choices.values())
            words += f" [{'|'.join(action.choices)}]"
        elif not common & set(action.option_strings):
            own.append(action)
    default = "".join(group.description or "" for group in parser._action_groups if group.title == "actions")
    arguments = [spelling(action) for action in own if not action.option_strings]
    options = ["[OPTIONS]"] if len(own) > len(arguments) else []
    yield f"{level} {parser.prog.split(' ', 1)[1]}\n"
    about = (parser.description or "") + (f" [More]({more})." if more else "")
    yield textwrap.fill(about, 120, break_long_words=False, break_on_hyphens=False) + "\n"
    yield f"```text\n{' '.join([words, *options, *arguments])}\n```\n"
    yield f"For example `{(parser.epilog or '').removeprefix('example: ')}`.\n"
    if below:
        yield f"The actions have options of their own; {default}.\n"
    if own:
        yield "\n".join([*COLUMNS, *rows(own)]) + "\n"
    for inner in below:
        yield from section(inner, None, level + "#")


def page() -> str:
    """The text of docs/verbs.md."""
    parser, verbs = parsers(list(VERBS))
    version = [action for action in parser._actions if "--version" in action.option_strings]
    help_ = [action for action in verbs["explain"]._actions if "--help" in action.option_strings]
    general = "\n".join(["## Options of every verb\n", *COLUMNS, *rows([*shared(), *help_, *version])])
    parts = [line for name, verb in verbs.items() for line in section(verb, MORE[name], "##")]
    return HEAD + general + "\n\n" + STATUS + "\n".join(parts)


if __name__ == "__main__":
    raise SystemExit(main("Renew docs/verbs.md, which is made from the parsers.", lambda: [(PAGE, page())]))
