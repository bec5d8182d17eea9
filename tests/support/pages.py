"""The blocks of code on the pages, and the commands among them with what they print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import yaml

from pyo3_features_backend.facts import toml
from support.examples import ROOT

FENCE = re.compile(r"```(\w*)")
# What the first word of a line is, if the line is a command: an indented block does not say its language.
PROGRAMS = ["pyo3-features", "python", "pip", "uv", "maturin", "cargo", "cibuildwheel", "validate-pyproject"]
PROGRAMS += ["export", "mkdir"]
COMMAND = re.compile(rf"\$ |\. |(?:[A-Z][A-Z0-9_]*=\S* )*(?:{'|'.join(PROGRAMS)})(?: |$)")

# The first line of a file in YAML, or of one in JSON, which is YAML too.
YAML = re.compile(r'- \w+:|"?[\w.-]+"?:$|{"')
# The ways to write one setting, in the reference that is made from the model.
SPELLING = re.compile(r"    # (pyproject\.toml|the same, with a table|a config setting|the environment)$")


class Command(NamedTuple):
    """A line that a reader types, and what the page shows below it."""

    line: str
    output: str


class Block(NamedTuple):
    """A block of code of a page: where its first line is, what language it is in, and its text."""

    page: str
    line: int
    language: str
    text: str

    @property
    def first(self) -> str:
        """Its first line."""
        return self.text.split("\n", 1)[0].removeprefix("$ ")

    def commands(self) -> list[Command]:
        """What a reader types. Without `$` each line is a command, and nothing is shown of what it prints."""
        if not re.search(r"^\$ ", self.text, re.MULTILINE):
            return [Command(line, "") for line in self.text.splitlines() if line]
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        assert parts[0] == "", f"{self.page}:{self.line}: output above the first command"
        return [Command(*part.partition("\n")[::2]) for part in parts[1:]]


@cache
def pages() -> tuple[str, ...]:
    """The names of the pages: README.md, those of the site, and that of the examples."""
    return ("README.md", *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))), "examples/README.md")


def read(page: str) -> list[Block]:
    """The blocks of a page of this repository."""
    return list(blocks(page, (ROOT / page).read_text(encoding="utf-8")))


def blocks(page: str, text: str) -> Iterator[Block]:
    """The fenced blocks and the indented ones, in their order, without their indentation."""
    lines = [*text.split("\n"), ""]
    number = 0
    while number < len(lines):
        start, fence = number, FENCE.fullmatch(lines[number])
        if fence:
            number = lines.index("```", start + 1)
            found = "\n".join(lines[start + 1 : number]) + "\n"
            yield Block(page=page, line=start + 2, language=fence[1], text=found)
            number += 1
        elif lines[start].startswith("    ") and not lines[start - 1]:
            while lines[number].startswith("    ") or (not lines[number] and lines[number + 1].startswith("    ")):
                number += 1
            found = "".join(f"{line[4:]}\n" for line in lines[start:number])
            yield Block(page=page, line=start + 1, language=language(found), text=found)
        else:
            number += 1


def language(text: str) -> str:
    """What an indented block is: ``text`` if it is nothing that is known here."""
    lines = [line for line in text.splitlines() if line]
    if lines[0].startswith("$ ") or all(COMMAND.match(line) for line in lines):
        return "console"
    if all(SPELLING.search(line) for line in lines):
        return "settings"
    if re.match(r"use \w+::|from \w+ import |import \w+$", lines[0]):
        return "rust" if lines[0].startswith("use ") else "python"
    try:
        toml.parse(text)
    except ValueError:
        pass
    else:
        return "toml"
    return "yaml" if YAML.match(lines[0]) and isinstance(yaml.safe_load(text), (dict, list)) else "text"
