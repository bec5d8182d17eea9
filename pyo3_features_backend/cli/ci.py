"""``pyo3-features ci``: a GitHub workflow that builds, tests, audits and publishes the wheels of the matrix."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..author import variables
from ..author.ci import Tool
from ..author.ci import file as ci_file
from ..author.ci.survey import survey
from ..author.ci.text import text
from ..author.edits.write import replace
from ..errors import OutputError, Place, ProjectError, render, say
from ..model.words import Severity, Word

DESCRIPTION = "Write a GitHub workflow that builds the smallest set of wheels, tests, audits and publishes them."
EXAMPLE = "pyo3-features ci --with cibuildwheel --diff"
DEFAULT = ".github/workflows/wheels.yml"


class Service(Word):
    """Where the workflow runs."""

    GITHUB = "github"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    services = [str(name) for name in Service]
    parser.add_argument(
        "service", nargs="?", choices=services, default=services[0], help="the CI service (default: github)"
    )
    parser.add_argument(
        "--with",
        dest="tool",
        choices=[str(name) for name in Tool],
        help="what builds the wheels (default: as in the present file, else maturin-action if maturin compiles, "
        "else cibuildwheel)",
    )
    parser.add_argument(
        "--output", metavar="FILE", help=f"the file, or - for stdout (default: {DEFAULT} in the project's folder)"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--diff", action="store_true", help="print the changes as a diff, and write nothing")
    how.add_argument("--check", action="store_true", help="like --diff, with exit status 1 if something would change")
    how.add_argument(
        "--force", action="store_true", help="overwrite the file even if it was edited, or comes from elsewhere"
    )


def run(options: argparse.Namespace) -> int:
    """Write the workflow, or say what would change; 1 where --check finds it out of date."""
    root = Path(options.directory).resolve()
    shown = options.output or DEFAULT
    if changed := variables.warning(root, "the workflow" if shown == "-" else shown, flags=True):
        say(str(changed))
    if shown == "-":
        workflow = survey(root, Tool(options.tool) if options.tool else None)
        sys.stdout.write(ci_file.marked(text(workflow), workflow.tool))
        return 0
    path = Path(options.output).absolute() if options.output else root / DEFAULT
    present = ci_file.read(path, shown)
    chosen = Tool(options.tool) if options.tool else present.tool if present else None
    workflow = survey(root, chosen)
    change = ci_file.change(path, shown, present, ci_file.marked(text(workflow), workflow.tool))
    if change is None:
        edits = "; your edits stay" if present and present.edited else ""
        say(f"{shown} is what the plan needs{edits}")
        return 0
    if options.diff or options.check:
        sys.stdout.writelines(change.diff())
        if options.check:
            say(f"{shown} is not what the plan needs: run `pyo3-features ci`")
        return int(options.check)
    if present and present.edited and not options.force:
        _refuse(present, shown)
    _write(path, shown, change.after)
    say(f"wrote {shown}")
    if not options.output:
        _warn_below(root)
    return 0


def _warn_below(root: Path) -> None:
    """Say that GitHub does not find the file where the project is not the root of its repository."""
    repository = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    if repository != root:
        message = f"GitHub looks for workflows at the root of the repository only, {repository}"
        hint = "name a file there with --output, and the project's folder in each of its steps (docs/ci.md)"
        say(render(Severity.WARNING, message, hint=hint))


def _refuse(present: ci_file.Present, shown: str) -> None:
    why = (
        "it has been edited since `pyo3-features ci` wrote it"
        if present.tool
        else "`pyo3-features ci` did not write it"
    )
    raise ProjectError(
        f"{why}, and to write it anew would lose that",
        place=Place(shown),
        hint="--diff shows the difference, --force writes it all the same, --output FILE writes another",
    )


def _write(path: Path, shown: str, content: str) -> None:
    try:
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
        replace(path, content)
    except OSError as error:
        hint = "name a file that can be written with --output"
        raise OutputError(f"cannot write {shown}: {error.strerror}", hint=hint) from None
