"""The README as a reader follows it: its project, and its commands with what they print."""

from __future__ import annotations

import re
from pathlib import Path

from support.examples import ROOT
from support.pages import Command, read

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of a language."""
    return [block.text for block in read("README.md") if block.language == language]


def commands() -> list[Command]:
    return [each for block in read("README.md") if block.language == "console" for each in block.commands()]


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
