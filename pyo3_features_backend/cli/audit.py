"""``pyo3-features audit``: tags, files and symbols of built wheels."""

from __future__ import annotations

import argparse
import glob
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..errors import Place, ProjectError
from ..model.problem import Problem
from ..model.version import python_text
from ..model.words import Severity
from ..verify import stable_abi
from ..verify.audit import Report, audit
from . import console
from .common import json_option, print_as_json
from .console import print_problems

if TYPE_CHECKING:
    from ..author.matrix import Matrix
    from ..author.platforms import Platform
    from ..build.gather import Facts

DESCRIPTION = "Check built wheels: their tags, their extension files, and the symbols that they need from Python."
EXAMPLE = "pyo3-features audit dist/*.whl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("wheels", nargs="+", metavar="WHEEL", help="a wheel, a folder that contains some, or a pattern")
    parser.add_argument(
        "--plan", action="store_true", help="also compare the wheels with those of `pyo3-features matrix`"
    )
    json_option(parser, "print the results as JSON")


def run(options: argparse.Namespace) -> int:
    """Print the problems of each wheel; 1 if one of them is an error, 2 if no wheel is named."""
    paths: list[Path] = []
    for word in options.wheels:
        if not (found := _paths(word)):
            error = ProjectError(f"{word}: there is no wheel", hint="pass a wheel, or a folder that contains some")
            console.error(error.message, error.hint)
            if options.json:
                print_as_json(error)
            return 2
        paths += found
    paths = list(dict.fromkeys(paths))
    plans = _plans(Path(options.directory).resolve(), paths) if options.plan else []
    abi = stable_abi.load()
    reports = []
    for path in paths:
        reports.append(_placed(audit(path, abi)))
        if not options.json:
            _print(reports[-1])
    problems = [problem for report in reports for problem in report.problems]
    plan = None
    if plans:
        name = plans[0].facts.name
        planned = _against(plans, [report.path.name for report in reports if report.wheel])
        problems += planned
        plan = {"project": name, "problems": [each.as_json() for each in planned]}
        if not options.json:
            print_problems(planned)
            said = "the wheels differ from the plan" if planned else "the wheels match the plan"
            console.current().line(f"{name}: {said}")
    if options.json:
        print(json.dumps({"wheels": list(map(_as_json, reports)), "plan": plan}, indent=2))
    return int(any(problem.severity == Severity.ERROR for problem in problems))


def _paths(word: str) -> list[Path]:
    """The wheels that a word names; the Windows shell does not expand patterns."""
    path = Path(word)
    if path.is_dir():
        return sorted(each for each in path.glob("*.whl") if each.is_file())
    if path.is_file():
        return [path]
    return sorted(Path(name) for name in glob.glob(word) if Path(name).is_file())  # noqa: PTH207


class _Planned(NamedTuple):
    """What a project is, its matrix for a platform, and the platform; None for Linux, macOS and Windows."""

    facts: Facts
    matrix: Matrix
    platform: Platform | None


def _plans(root: Path, wheels: Sequence[Path]) -> list[_Planned]:
    """The matrix of a project for each platform for which there is a wheel."""
    from ..author.matrix.survey import of_project
    from ..author.platforms import of_wheel

    platforms = dict.fromkeys(of_wheel(path.name) for path in wheels)
    return [_Planned(*of_project(root, platform), platform) for platform in platforms]


def _against(plans: Sequence[_Planned], names: Sequence[str]) -> list[Problem]:
    """How the wheels differ from the matrices."""
    from ..author.matrix import given
    from ..author.platforms import of_wheel

    return [
        problem
        for facts, matrix, platform in plans
        for problem in given.problems(matrix, [name for name in names if of_wheel(name) == platform], facts.name)
    ]


def _placed(report: Report) -> Report:
    """The report with the path as the user wrote it as the place of each problem."""
    place = Place(str(report.path))
    return report._replace(problems=tuple(problem._replace(place=place) for problem in report.problems))


def _print(report: Report) -> None:
    print_problems(report.problems)
    here = console.current()
    if here.quiet:
        return
    if not report.errors:
        here.line(f"{report.path}: {_summary(report)}")
    for text in report.unchecked:
        here.line(f"  not checked: {text}", hang=4)


def _summary(report: Report) -> str:
    """What was checked of a wheel without an error, in a line."""
    assert report.wheel is not None
    kinds = dict.fromkeys(
        f"{module.file.binary.format} {'+'.join(module.file.binary.architectures)}"
        for module in report.modules
        if module.file.binary
    )
    count = len(report.modules)
    modules = f"{count} extension module{'' if count == 1 else 's'}" if count else "no extension module"
    symbols = sum(found.taken for found in report.symbols)
    warnings = len(report.problems)
    verdict = f"{warnings} warning{'' if warnings == 1 else 's'}" if warnings else "fine"
    if any(file.skipped for file in report.wheel.files):
        verdict = "checked in part"
    parts = [
        f"{modules} ({', '.join(kinds)})" if kinds else modules,
        *([f"{symbols} symbol{'' if symbols == 1 else 's'}"] if symbols else []),
    ]
    return f"{verdict}; {report.wheel.label}, {', '.join(parts)}"


def _as_json(report: Report) -> dict[str, object]:
    """A report as the documented JSON object."""
    wheel = report.wheel
    return {
        "file": str(report.path),
        "tag": wheel.label if wheel else None,
        "platforms": list(dict.fromkeys(tag.platform for tag in wheel.tags)) if wheel else [],
        "requires_python": wheel.requires_python if wheel else None,
        "modules": [
            {
                "file": module.file.path,
                "module": module.name,
                "format": module.file.binary.format if module.file.binary else None,
                "architectures": list(module.file.binary.architectures) if module.file.binary else [],
                "entry_points": sorted(module.entries),
            }
            for module in report.modules
        ],
        "symbols": [
            {
                "file": found.path,
                "count": found.taken,
                "newer": {name: python_text(first) for name, first in found.newer},
                "outside": list(found.outside),
                "unknown": list(found.unknown),
            }
            for found in report.symbols
        ],
        "unchecked": list(report.unchecked),
        "problems": [problem.as_json() for problem in report.problems],
    }
