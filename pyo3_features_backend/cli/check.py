"""``pyo3-features check``: problems in a project's configuration, each with a fix."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from ..author.checks import check
from ..model.words import Severity
from .common import json_option, python_option
from .console import current, print_problems

DESCRIPTION = "Find problems in the project's configuration. `pyo3-features help CODE` explains each code."
EXAMPLE = "pyo3-features check --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    python_option(parser)
    json_option(parser, "print the problems as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the problems; 1 if one of them is an error."""
    problems = check(Path(options.directory).resolve(), options.python)
    if options.json:
        print(json.dumps({"problems": [problem.as_json() for problem in problems]}, indent=2))
        return int(any(problem.severity == Severity.ERROR for problem in problems))
    status = print_problems(problems)
    console = current()
    if not console.quiet:
        told = "; `pyo3-features help CODE` explains a code" if problems else ""
        console.line(_summary([problem.severity for problem in problems]) + told)
    return status


def _summary(severities: list[str]) -> str:
    counts = [(severities.count(name), name) for name in Severity]
    words = [f"{count} {name}{'s' if count > 1 else ''}" for count, name in counts if count]
    return ", ".join(words) or "no problems found"
