"""``pyo3-features matrix``: the smallest set of wheels for all Pythons that the project supports."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import NamedTuple

from ..author import variables
from ..author.matrix import Matrix, as_json
from ..author.matrix import compare as matrix_compare
from ..author.matrix import formats as matrix_formats
from ..author.matrix.survey import of_project, survey
from ..author.platforms import PLATFORMS, Platform, configured
from ..build.gather import Facts
from ..errors import OutputError, say
from ..model.settings import ConfigSettings
from ..model.words import Severity, Word
from .common import json_option
from .console import current, wrap

DESCRIPTION = "Print the smallest set of wheels that serves every Python that the project supports."
EXAMPLE = "pyo3-features matrix --format cibuildwheel"


_HEAD = ("wheel", "built with", "serves", "because")


class Format(Word):
    """How the matrix is printed."""

    TABLE = "table"
    JSON = "json"
    GITHUB = "github"
    CIBUILDWHEEL = "cibuildwheel"
    SVG = "svg"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    formats = [str(name) for name in Format]
    parser.add_argument(
        "--format", choices=formats, default=str(Format.TABLE), help="the output format (default: a table)"
    )
    json_option(parser, "the same as --format json")
    parser.add_argument(
        "--platform",
        choices=list(PLATFORMS),
        help="the wheels for the Pythons of this platform (default: those of Linux, macOS and Windows)",
    )
    parser.add_argument(
        "--compare",
        nargs="+",
        metavar="WHEEL",
        help="compare this set with published wheels: names, files, folders, or files that list names",
    )
    parser.add_argument("--output", metavar="FILE", help="write to this file instead of stdout")
    parser.add_argument(
        "--write-expect", action="store_true", help="write the wheels to pyproject.toml, as the setting `expect`"
    )
    parser.add_argument(
        "--diff", action="store_true", help="with --write-expect: print the change as a diff, and write nothing"
    )
    parser.set_defaults(wrong=getattr(parser, "wrong", parser.error))


def run(options: argparse.Namespace) -> int:
    """Print the matrix; 1 if a Python that the project allows gets no wheel, and the project can fix that."""
    root = Path(options.directory).resolve()
    if options.write_expect or options.diff:
        return _write_expect(root, options)
    chosen = Format.JSON if options.json else Format(options.format)
    platform = _platform(options, chosen)
    facts, matrix = of_project(root, platform)
    compared = None
    if options.compare:
        names = matrix_compare.on_platform(matrix_compare.names(options.compare), platform)
        compared = matrix_compare.compare(matrix, names, facts.name)
    text = _text(chosen, _Found(facts, matrix, platform), compared)
    if options.output:
        _warn(root, options.output, platform=platform)
        _write(Path(options.output), text + "\n")
        say(f"wrote {options.output}")
    elif chosen == Format.TABLE:
        _print_table(matrix_formats.headline(facts, matrix, platform), matrix)
    else:
        print(text)
    if chosen == Format.TABLE and not platform:
        for other in configured(facts.project.table):
            say(f"[tool.cibuildwheel] has {other.title}, too: `pyo3-features matrix --platform {other.name}`")
    if chosen != Format.JSON:
        if compared:
            _print_comparison(matrix_compare.in_words(compared), aside=chosen != Format.TABLE)
        for warned in matrix.warnings:
            message = f"{matrix_formats.ranges(warned.targets)}: {warned.problem.message}"
            say(str(warned.problem._replace(severity=Severity.WARNING, message=message)))
    return int(any(gap.mendable for gap in matrix.gaps))


def _platform(options: argparse.Namespace, chosen: Format) -> Platform | None:
    """The platform of --platform; ends the command where the format has no place for one."""
    if options.platform and chosen in (Format.GITHUB, Format.SVG):
        options.wrong(f"--platform does not go with --format {chosen}", "use table, json or cibuildwheel")
    return PLATFORMS[options.platform] if options.platform else None


def _write_expect(root: Path, options: argparse.Namespace) -> int:
    """Write ``expect``, or show what would be written."""
    from ..author.edits import write
    from ..author.matrix import expected

    if not options.write_expect:
        options.wrong("--diff goes with --write-expect", "add --write-expect, or leave it out")
    if options.platform:
        options.wrong(
            "--write-expect lists the wheels for Linux, macOS and Windows alone",
            "an override lists those of another platform (docs/pyodide.md)",
        )
    if options.json or options.compare or options.output or options.format != Format.TABLE:
        options.wrong("--write-expect prints no matrix", "run `matrix` once more for the rest")
    surveyed, matrix = survey(root, expected.WITHOUT)
    wanted = expected.labels(surveyed, matrix)
    change = expected.change(surveyed[0].project, wanted)
    if change is None:
        say("nothing to change: `expect` lists these wheels already")
        return 0
    _warn(root, change.shown, expected.WITHOUT)
    sys.stdout.writelines(change.diff())
    sys.stdout.flush()
    if not options.diff:
        write.write([change])
        say(f"wrote {change.shown}")
    return 0


def _warn(
    root: Path, file: str, config_settings: ConfigSettings | None = None, *, platform: Platform | None = None
) -> None:
    """Say that variables change the plan from which a file is written."""
    if changed := variables.warning(root, file, config_settings, platform=platform):
        say(str(changed))


class _Found(NamedTuple):
    """The project, its matrix, and the platform that it is for."""

    facts: Facts
    matrix: Matrix
    platform: Platform | None


def _text(chosen: Format, found: _Found, compared: matrix_compare.Comparison | None) -> str:
    """The matrix in a format; the comparison is part of the JSON alone."""
    facts, matrix, platform = found
    if chosen == Format.JSON:
        table: dict[str, object] = {
            "project": facts.name,
            "platform": platform.name if platform else None,
            **as_json(matrix),
        }
        if compared:
            table["compared"] = matrix_compare.as_json(compared)
        return json.dumps(table, indent=2)
    if chosen == Format.SVG:
        from ..author.matrix.svg import picture

        return picture(matrix, facts.name).rstrip("\n")
    if chosen == Format.GITHUB:
        return matrix_formats.github(matrix)
    if chosen == Format.CIBUILDWHEEL:
        return matrix_formats.cibuildwheel(matrix, platform)
    return _plain(matrix_formats.headline(facts, matrix, platform), matrix)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {file}: {error.strerror}", hint="choose a file that can be written") from None


def _plain(headline: str, matrix: Matrix) -> str:
    lines = [line for row in wrap.table([_HEAD, *matrix_formats.rows(matrix)], None) for line in row]
    return "\n".join([headline, *(lines if matrix.wheels else []), *matrix_formats.gaps(matrix)])


def _print_comparison(text: str, *, aside: bool) -> None:
    """Print the comparison below the table; on stderr where stdout is for another program."""
    if aside:
        say(f"\n{text}")
        return
    print()
    for line in text.splitlines():
        current().line(line, hang=4)


def _print_table(headline: str, matrix: Matrix) -> None:
    """Print the table for people: in colours and of the terminal's width, if stdout is one."""
    console = current()
    console.line(headline, "strong")
    if matrix.wheels:
        console.table([_HEAD, *matrix_formats.rows(matrix)], ("good", "", "", ""))
    for line in matrix_formats.gaps(matrix):
        console.line(line, "warning")
