"""The verbs, actions and options of the command as values, read from its parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...model.words import Word

PROGRAM = "pyo3-features"
TARGETS = "rustc --print target-list"  # the values of TRIPLE


class Takes(Word):
    """What stands at a place of the command line."""

    NOTHING = "nothing"
    FILE = "file"
    FOLDER = "folder"
    WORD = "word"
    TRIPLE = "triple"
    TEXT = "text"


class Option(NamedTuple):
    """An option: its names, its help, and its value: one of ``words`` if there are any."""

    names: tuple[str, ...]
    help: str
    takes: Takes
    words: tuple[str, ...] = ()


class Command(NamedTuple):
    """The command itself (no ``path``), a verb or an action, with what may follow it.

    ``children`` are its verbs or actions with their help. Without them ``takes`` is what its arguments are, of which
    there are none with NOTHING; ``words`` are those to choose from.
    """

    path: tuple[str, ...]
    options: tuple[Option, ...]
    children: Mapping[str, str]
    takes: Takes
    words: tuple[str, ...] = ()


# By the name that the help gives to a value. Nothing else is known of it.
_METAVARS = {"FILE": Takes.FILE, "WHEEL": Takes.FILE, "EXE": Takes.FILE, "ARGS": Takes.FILE, "DIR": Takes.FOLDER}


def commands(parser: argparse.ArgumentParser, topics: Sequence[str], path: tuple[str, ...] = ()) -> Iterator[Command]:
    """The command of a parser and those below it, from top to bottom. ``topics`` are the values of TOPIC."""
    options: list[Option] = []
    children: dict[str, str] = {}
    takes = Takes.NOTHING
    words: tuple[str, ...] = ()
    below: Mapping[str, argparse.ArgumentParser] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            below = action.choices
            children = {each.dest: each.help or "" for each in action._choices_actions}
        elif action.option_strings:
            options.append(_option(action))
        else:
            takes, words = _value(action, topics)
    yield Command(path=path, options=tuple(options), children=children, takes=takes, words=words)
    for name, inner in below.items():
        yield from commands(inner, topics, (*path, name))


def _option(action: argparse.Action) -> Option:
    takes, words = _value(action, ()) if action.nargs != 0 else (Takes.NOTHING, ())
    return Option(names=tuple(action.option_strings), help=action.help or "", takes=takes, words=words)


def _value(action: argparse.Action, topics: Sequence[str]) -> tuple[Takes, tuple[str, ...]]:
    metavar = action.metavar if isinstance(action.metavar, str) else ""
    if action.choices:
        return Takes.WORD, tuple(map(str, action.choices))
    if metavar == "TOPIC":
        return Takes.WORD, tuple(topics)
    return (Takes.TRIPLE if metavar == "TRIPLE" else _METAVARS.get(metavar, Takes.TEXT)), ()
