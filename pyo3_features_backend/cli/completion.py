"""``pyo3-features completion``: a script that completes this command in a shell."""

from __future__ import annotations

import argparse

from ..model.codes import CODES
from ..model.words import Word
from .shells import bash, fish, powershell, zsh
from .shells.commands import commands

DESCRIPTION = "Print the script that lets a shell complete the verbs, options and values of this command."
EXAMPLE = 'eval "$(pyo3-features completion bash)"'


class Shell(Word):
    """The shells."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument(
        "shell", choices=[str(shell) for shell in Shell], metavar="SHELL", help="bash, zsh, fish or powershell"
    )


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    print(text(options.shell), end="")
    return 0


def text(shell: str) -> str:
    """The script for a shell, made from the parsers of all verbs."""
    from . import VERBS, parsers

    found = list(commands(parsers(VERBS)[0], [*VERBS, "codes", *CODES]))
    make = {
        Shell.BASH: bash.script,
        Shell.ZSH: zsh.script,
        Shell.FISH: fish.script,
        Shell.POWERSHELL: powershell.script,
    }
    return make[Shell(shell)](found)
