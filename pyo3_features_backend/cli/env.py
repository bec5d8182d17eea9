"""``pyo3-features env``: the environment that makes cargo, rust-analyzer and builds agree."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from pathlib import Path

from ..author import cargo_environment
from ..build.survey import facts_of
from ..errors import PlanError
from ..model.words import Word
from .common import python_option
from .shells import powershell

DESCRIPTION = "Print the environment variables that make cargo, rust-analyzer and builds use one Python."
EXAMPLE = 'eval "$(pyo3-features env)"'


class Format(Word):
    """How the variables are printed."""

    SHELL = "shell"
    JSON = "json"
    CARGO_CONFIG = "cargo-config"


class Shell(Word):
    """A shell, by the way in which it sets a variable. One for each that `completion` knows, and the POSIX one."""

    SH = "sh"
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    formats = [str(name) for name in Format]
    parser.add_argument(
        "--format", choices=formats, default=str(Format.SHELL), help="the output format (default: shell)"
    )
    shells = [str(name) for name in Shell]
    text = f"the shell of --format shell: {', '.join(shells)} (default: sh)"
    parser.add_argument("--shell", choices=shells, default=str(Shell.SH), metavar="SHELL", help=text)
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    python_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print the variables."""
    facts = facts_of(Path(options.directory).resolve(), options.python)
    if not facts.target.executable:
        raise PlanError("the build is for a Python that cannot be run here", hint="choose one: --python EXE")
    # A file serves other shells too, so the search paths of this one are not part of it.
    environ = os.environ if options.format == Format.SHELL else {}
    variables = cargo_environment.of_facts(facts, environ)
    if options.format == Format.JSON:
        print(json.dumps(variables, indent=2))
    elif options.format == Format.SHELL:
        print("\n".join(assignment(options.shell, name, value) for name, value in variables.items()))
    else:
        print(_config(variables, cargo_environment.search_variable(facts.target.system)))
    return 0


def assignment(shell: str, name: str, value: str) -> str:
    """The line that exports a variable in a shell, whatever is in the value."""
    if shell == Shell.FISH:  # https://fishshell.com/docs/current/language.html#quotes
        quoted = value.replace("\\", "\\\\").replace("'", "\\'")
        return f"set -gx {name} '{quoted}'"
    if shell == Shell.POWERSHELL:
        return f"$env:{name} = {powershell.quoted(value)}"
    return f"export {name}={shlex.quote(value)}"


def _config(variables: dict[str, str], search: str) -> str:
    """The variables as cargo's configuration. cargo sets the search path ``search`` itself, so that needs `force`."""
    rows = ["# Made by `pyo3-features env --format cargo-config`, for .cargo/config.toml on this machine.", "[env]"]
    for name, value in variables.items():
        shown = json.dumps(value, ensure_ascii=False)
        rows.append(f"{name} = {{ value = {shown}, force = true }}" if name == search else f"{name} = {shown}")
    return "\n".join(rows)
