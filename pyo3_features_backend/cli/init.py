"""``pyo3-features init``: a crate becomes a Python package, too."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import say
from .new import delegate_option

DESCRIPTION = (
    "Turn a crate into a Python package: add what it lacks of pyproject.toml, PyO3, a cdylib and a #[pymodule]. "
    "All else stays as it is."
)
EXAMPLE = "pyo3-features init --diff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--diff", action="store_true", help="print the changes as a diff, and write nothing")
    delegate_option(parser)


def run(options: argparse.Namespace) -> int:
    """Write what the crate lacks, or show it."""
    from ..author.edits import write
    from ..author.scaffold import crate

    changes = crate.init(Path(options.directory).resolve(), options.delegate)
    if not changes:
        say("nothing to add: the project uses this backend already")
        return 0
    if options.diff:
        sys.stdout.writelines(line for change in changes for line in change.diff())
        return 0
    write.write(changes)
    for change in changes:
        say(f"{'changed' if change.before else 'wrote'} {change.shown}")
    say("  next: `pyo3-features check`, then a build: pip install .")
    return 0
