"""``pyo3-features matrix``: the smallest set of wheels for all Pythons that the project supports."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from ..author.matrix import Matrix, allowed, as_json, of_plans
from ..author.matrix import compare as matrix_compare
from ..author.matrix import formats as matrix_formats
from ..author.pythons import known
from ..build.gather import Facts
from ..build.survey import facts_for
from ..errors import OutputError, ProjectError, render, say
from ..facts import project
from ..facts.interpreter import running
from ..model.words import DelegateName, Severity
from .common import json_option

DESCRIPTION = "Print the smallest set of wheels that serves every Python that the project supports."
EXAMPLE = "pyo3-features matrix --format cibuildwheel"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    formats = ("table", "json", "github", "cibuildwheel", "svg")
    parser.add_argument("--format", choices=formats, default="table", help="default: a table")
    json_option(parser, "the same as --format json")
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar="WHEEL",
        help="set it against published wheels: names, files, folders, or files that list names",
    )
    parser.add_argument("--output", metavar="FILE", help="write it to a file")


def run(options: argparse.Namespace) -> int:
    """Print the matrix; 1 where the project allows a Python that gets no wheel for a fault that it can mend."""
    root = Path(options.directory).resolve()
    loaded = project.load(root)
    place = loaded.place("project", "requires-python")
    targets = allowed(known(running()), loaded.requires_python, loaded.classifiers, place)
    facts = facts_for(root, targets) if targets else []
    # setup.py may have the last word.
    wanted = allowed(targets, facts[0].requires_python, facts[0].classifiers, place) if facts else []
    if not wanted:
        raise ProjectError("requires-python and the classifiers allow no Python", place=place, hint="mend either")
    without = {one.target: "the extension is optional, and cannot be built" for one in facts if not any(one.crates)}
    # A program, cffi, or uniffi: maturin's wheel is for any Python (its user guide, "Bindings").
    for_any = {
        one.target: ("py3", "none") for one in facts if one.delegate == DelegateName.MATURIN and not _uses_pyo3(one)
    }
    found = of_plans([(one.target, one.plan) for one in facts if one.target in wanted], without, for_any)
    chosen = "json" if options.json else options.format
    compared = None
    if options.compare:
        compared = matrix_compare.compare(found, matrix_compare.names(options.compare), facts[0].name)
    if chosen == "json":
        facts_as_json = {"project": facts[0].name, **as_json(found)}
        if compared:
            facts_as_json["compared"] = matrix_compare.as_json(compared)
        text = json.dumps(facts_as_json, indent=2)
    elif chosen == "svg":
        from ..author.matrix.svg import picture

        text = picture(found, facts[0].name).rstrip("\n")
    elif chosen == "table":
        headline = matrix_formats.headline(facts[0], found)
        text = "" if options.output is None and _in_colour(headline, found) else _plain(headline, found)
    else:
        text = {"github": matrix_formats.github, "cibuildwheel": matrix_formats.cibuildwheel}[chosen](found)
    if options.output:
        _write(Path(options.output), text + "\n")
    elif text:
        print(text)
    if compared and chosen != "json":
        print("\n" + matrix_compare.in_words(compared), file=sys.stdout if chosen == "table" else sys.stderr)
    if chosen != "json":
        for warned in found.warnings:
            message = f"{matrix_formats.ranges(warned.targets)}: {warned.problem.message} [{warned.problem.code}]"
            say(render(Severity.WARNING, message, warned.problem.place, warned.problem.hint))
    return int(any(gap.mendable for gap in found.gaps))


def _uses_pyo3(facts: Facts) -> bool:
    return bool(facts.crate and facts.crate.pyo3)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror}", hint="name a file that can be written") from None


def _plain(headline: str, matrix: Matrix) -> str:
    rows = [("wheel", "built with", "serves", "because"), *matrix_formats.rows(matrix)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join([*(f"{cell:{width}}" for cell, width in zip(row, widths)), row[3]]) for row in rows]
    return "\n".join([headline, *(lines if matrix.wheels else []), *matrix_formats.gaps(matrix)])


def _in_colour(headline: str, matrix: Matrix) -> bool:
    """Print the table with rich; False where that is missing, or nobody would see colours."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return False
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ImportError:
        return False
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, style in (("wheel", "green"), ("built with", ""), ("serves", ""), ("because", "dim")):
        table.add_column(name, style=style, no_wrap=name in ("wheel", "built with"))
    for row in matrix_formats.rows(matrix):
        table.add_row(*map(Text, row))  # as text: there is no markup in it, whatever stands in brackets
    console = Console()
    console.print(headline, style="bold", markup=False, highlight=False)
    if matrix.wheels:
        console.print(table)
    for line in matrix_formats.gaps(matrix):
        console.print(line, style="yellow", markup=False, highlight=False)
    return True
