"""``pyo3-features config``: PyO3 build configuration files, shown, written and checked."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .. import config_file, pyo3
from ..errors import BackendError, SettingsError, render, say

DESCRIPTION = "Show, write or check a PyO3 build configuration file (PYO3_CONFIG_FILE)."
EXAMPLE = "pyo3-features config write pyo3.txt --python python3.12"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of the verb and their options."""
    inner = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, text in (("show", "print the configuration of an interpreter"), ("write", "write it to a file")):
        one = inner.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == "write":
            one.add_argument("file", metavar="FILE")
        one.add_argument("--python", metavar="EXE", default=sys.executable, help="default: the running interpreter")
        one.add_argument("--json", action="store_true", help="print facts as JSON") if name == "show" else None
        _common(one, name)
    one = inner.add_parser("check", help="say what is wrong with a file", description="Say what is wrong with a file.")
    one.add_argument("file", metavar="FILE")
    one.add_argument("--json", action="store_true", help="print the problems as JSON")
    _common(one, "check")


def _common(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--pyo3",
        metavar="VERSION",
        help="the PyO3 release that reads the file (default: the project's, else the newest)",
    )
    parser.add_argument("-C", dest="directory", default=argparse.SUPPRESS, metavar="DIR", help="the project's folder")
    parser.set_defaults(act={"show": _show, "write": _write, "check": _check}[what])


def run(options: argparse.Namespace) -> int:
    """Do what the action says."""
    return int(options.act(options))


def _release(options: argparse.Namespace) -> str:
    """--pyo3, else what the project in the folder resolves, else the newest that is known."""
    if options.pyo3:
        if not pyo3.version_tuple(options.pyo3) or not options.pyo3[0].isdigit():
            raise SettingsError(f"--pyo3 {options.pyo3} is not a version", hint="such as 0.30.1")
        return str(options.pyo3)
    if Path(options.directory, "pyproject.toml").is_file():
        from ..survey import facts_of

        try:
            crate = facts_of(Path(options.directory).resolve(), None).crate
        except BackendError as error:
            say(render("warning", f"PyO3's version cannot be read from the project: {error.message}", error.place))
        else:
            if crate and crate.pyo3:
                return crate.pyo3.version
    return pyo3.releases()[-1].series


def _show(options: argparse.Namespace) -> int:
    release = _release(options)
    config = config_file.resolve(options.python, release)
    if options.json:
        facts = {**config._asdict(), "abi": str(config.abi), "build_flags": sorted(config.build_flags)}
        print(json.dumps({"pyo3": release, "config": facts}, indent=2))
    else:
        print(config_file.text(config, release), end="")
    return 0


def _write(options: argparse.Namespace) -> int:
    release = _release(options)
    config_file.write(Path(options.file), config_file.resolve(options.python, release), release)
    say(f"wrote {options.file} for PyO3 {release}; build with PYO3_CONFIG_FILE={Path(options.file).absolute()}")
    return 0


def _check(options: argparse.Namespace) -> int:
    path = Path(options.file)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise config_file.ConfigFileError(f"{path} cannot be read: {error.strerror}", hint="check the path") from None
    _, problems = config_file.check(data, options.file, pyo3=options.pyo3)
    if options.json:
        rows = [p.as_json() for p in problems]
        print(json.dumps({"problems": rows}, indent=2))
    else:
        for problem in problems:
            print(render(problem.severity, f"{problem.message} [{problem.code}]", problem.place, problem.hint))
        if not problems:
            print(f"{options.file}: no problem found")
    return int(any(problem.severity == "error" for problem in problems))
