"""``pyo3-features new``: a project that builds, tests, type-checks and publishes at once."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..errors import render, say
from ..model.words import DelegateName, Severity

DESCRIPTION = (
    "Create a project with this backend: a small one that builds, tests, type-checks and publishes as it is. "
    "It becomes a git repository, unless it is inside one."
)
EXAMPLE = "pyo3-features new hello --mixed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("path", metavar="PATH", help="the folder to create; it may exist if it is empty")
    parser.add_argument("--name", help="the name of the project (default: that of the folder)")
    delegate_option(parser)
    parser.add_argument("--mixed", action="store_true", help="a Python package with a Rust module in it")
    parser.add_argument("--vcs", choices=("git", "none"), default="git", help="none: no git repository (default: git)")


def delegate_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--delegate``, which :mod:`.init` has, too."""
    parser.add_argument(
        "--delegate",
        choices=[*DelegateName],
        default=DelegateName.MATURIN,
        help="the tool that compiles (default: maturin)",
    )


def run(options: argparse.Namespace) -> int:
    """Write the project."""
    from ..author.edits import write
    from ..author.scaffold import project

    folder = Path(os.path.abspath(os.path.join(options.directory, options.path)))  # noqa: PTH100, PTH118
    note = project.workspace_above(folder)
    changes = project.new(folder, options.name, options.delegate, mixed=options.mixed)
    write.write(changes)
    for change in changes:
        print(change.path.relative_to(folder).as_posix())
    if options.vcs == "git" and not write.in_git(folder) and (failure := write.git_init(folder)):
        say(render(Severity.WARNING, f"there is no git repository: {failure}", hint="git init"))
    say(f"made {folder}; next, in that folder: uv run pytest")
    if note:
        say(str(note))
    return 0
