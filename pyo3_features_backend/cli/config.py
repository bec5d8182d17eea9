"""``pyo3-features config``: PyO3 build configuration files, shown, written and checked."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from ..decide import pyo3
from ..errors import BackendError, SettingsError, render, say
from ..facts import config_file
from ..facts.files import read_bytes
from ..model.words import Severity
from .common import json_option, python_option, shared_options
from .console import print_problems

DESCRIPTION = "Show, write or check a PyO3 build configuration file (PYO3_CONFIG_FILE)."
EXAMPLE = "pyo3-features config write pyo3.txt --python python3.12"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of the verb and their options; without one it is ``show``."""
    parser.set_defaults(act=_show, python=None, json=False, pyo3=None)
    actions = parser.add_subparsers(title="actions", description="the default is show", metavar="ACTION")
    for name, text, example, act in (
        ("show", "print the configuration for a Python", "show --python python3.12", _show),
        ("write", "write the configuration for a Python to a file", "write pyo3.txt", _write),
        ("check", "report what is wrong with a file", "check pyo3.txt --pyo3 0.28", _check),
    ):
        action = actions.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            epilog=f"example: pyo3-features config {example}",
        )
        action.set_defaults(act=act)
        if act is not _show:
            action.add_argument("file", metavar="FILE", help="the file, relative to the current folder")
        if act is not _check:
            python_option(action)
        if act is not _write:
            json_option(action, "print the problems as JSON" if act is _check else "print the result as JSON")
        default = "any" if act is _check else "the project's, else the newest"
        text = f"the PyO3 release that will read the file (default: {default})"
        action.add_argument("--pyo3", metavar="VERSION", help=text)
        shared_options(action)


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    if options.pyo3 and not re.fullmatch(r"[0-9]+(\.[0-9]+)+", options.pyo3):
        raise SettingsError(f"--pyo3 {options.pyo3} is not a version", hint="such as 0.30.1")
    return int(options.act(options))


def _release(options: argparse.Namespace) -> str:
    """--pyo3, else the release that the project in the folder resolves to, else the newest known one."""
    if options.pyo3:
        return str(options.pyo3)
    if Path(options.directory, "pyproject.toml").is_file():
        from ..build.survey import facts_of

        try:
            crate = facts_of(Path(options.directory).resolve(), None).crate
        except BackendError as error:
            say(
                render(
                    Severity.WARNING, f"PyO3's version cannot be read from the project: {error.message}", error.place
                )
            )
        else:
            if crate and crate.pyo3:
                return crate.pyo3.version
    return pyo3.releases()[-1].series


def _show(options: argparse.Namespace) -> int:
    release = _release(options)
    config = config_file.resolve(options.python or sys.executable, release)
    if options.json:
        facts = {**config._asdict(), "abi": str(config.abi), "build_flags": sorted(config.build_flags)}
        print(json.dumps({"pyo3": release, "config": facts}, indent=2))
    else:
        print(config_file.text(config, release), end="")
    return 0


def _write(options: argparse.Namespace) -> int:
    release = _release(options)
    config_file.write(Path(options.file), config_file.resolve(options.python or sys.executable, release), release)
    say(f"wrote {options.file} for PyO3 {release}; build with PYO3_CONFIG_FILE={Path(options.file).absolute()}")
    return 0


def _check(options: argparse.Namespace) -> int:
    path = Path(options.file)
    data = read_bytes(path, options.file, config_file.ConfigFileError, what="the PyO3 configuration file")
    _, problems = config_file.check(data, options.file, pyo3=options.pyo3)
    if options.json:
        print(json.dumps({"problems": [problem.as_json() for problem in problems]}, indent=2))
        return int(any(problem.severity == Severity.ERROR for problem in problems))
    if not problems:
        print(f"{options.file}: no problems found")
    return print_problems(problems)
