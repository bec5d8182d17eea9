"""The README as a reader follows it: its project, and its commands with what they print."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from support.examples import ROOT

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


class Command(NamedTuple):
    """A line behind ``$``, and what follows it up to the next one."""

    line: str
    output: str


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def commands() -> list[Command]:
    found = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return [Command(*part.split("\n", 1)) for part in found]


def printed_by(line: str) -> str:
    """What the README shows as the output of a command."""
    (output,) = (command.output for command in commands() if command.line == line)
    return output


def project(folder: Path) -> Path:
    """The README's project, in the new ``folder``."""
    (folder / "src").mkdir(parents=True)
    for name in ("pyproject.toml", "Cargo.toml", "src/lib.rs"):
        match = re.search(rf"`{re.escape(name)}`[^\n]*:\n\n```\w+\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
        assert match, f"the README has no {name}"
        (folder / name).write_text(match.group(1), encoding="utf-8")
    return folder
