"""``pyo3-features migrate``: a maturin or setuptools-rust project as one that uses this backend."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .. import migrate
from ..errors import ProjectError, say
from ..gather import Facts
from ..migrate import write
from .common import print_problems

DESCRIPTION = "Turn a maturin or setuptools-rust project into one that uses this backend."
EXAMPLE = "pyo3-features migrate --diff"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--diff", action="store_true", help="show what would change, and write nothing")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--allow-dirty", action="store_true", help="go on where files have changes that git has not")


def run(options: argparse.Namespace) -> int:
    """Show the diff and the plans, ask, write; 1 if nothing was written though something is to be."""
    root = Path(options.directory).resolve()
    found = migrate.plan(root)
    if not found.changes:
        print("nothing to change: the project uses this backend")
        print_problems(found.by_hand)
        return 0
    _print_diff(write.diff(found.changes))
    _print_plans(found)
    print_problems(found.by_hand)
    if options.diff:
        return 0
    if not options.allow_dirty and (dirty := write.uncommitted(root)):
        raise ProjectError(
            f"there are changes that are not committed: {', '.join(dirty[:5])}{' ...' if dirty[5:] else ''}",
            hint="commit them first, so that this change can be taken back; or --allow-dirty",
        )
    if not options.yes and not _agreed(len(found.changes)):
        return 1
    write.apply(root, found.changes)
    names = ", ".join(one.file for one in found.changes)
    print(f"wrote {names}; next: `pyo3-features probe` for the floor at which it compiles, and a build")
    return 0


def _agreed(count: int) -> bool:
    if not sys.stdin.isatty():
        say("nothing is written: there is nobody to ask; --yes writes, --diff only shows")
        return False
    answer = input(f"Write {count} file{'s' if count > 1 else ''}? [y/N] ")
    return answer.strip().lower() in ("y", "yes")


def _print_diff(text: str) -> None:
    if not sys.stdout.isatty():
        print(text, end="")
        return
    try:
        from rich.console import Console
        from rich.syntax import Syntax
    except ImportError:
        print(text, end="")
    else:
        Console().print(Syntax(text, "diff", background_color="default"))


def _rows(facts: Facts) -> list[str]:
    plan = facts.plan
    features = [*plan.features, *(f"{name}={value}" for name, value in plan.env.items())]
    return [plan.label, plan.reason, " ".join(features), facts.delegate]


def _print_plans(found: migrate.Migration) -> None:
    """The plans of the running Python, side by side; a narrower wheel is told."""
    before, after = _rows(found.before), _rows(found.after)
    print(f"\nplan for {found.after.target.label}:")
    width = max(len(row) for row in before)
    for name, one, other in zip(("wheel", "because", "adds", "delegate"), before, after):
        print(f"  {name:9} {one:{width}}  ->  {other}")
    if why := migrate.narrower(found.before.plan, found.after.plan):
        print(f"  narrower: {why}")
