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

DESCRIPTION = "Print the environment that makes cargo, rust-analyzer and builds use one interpreter."
EXAMPLE = 'eval "$(pyo3-features env)"'


class Format(Word):
    """How the variables are printed."""

    SHELL = "shell"
    JSON = "json"
    CARGO_CONFIG = "cargo-config"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    formats = [str(name) for name in Format]
    parser.add_argument(
        "--format", choices=formats, default=str(Format.SHELL), help="the output format (default: shell)"
    )
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
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
    else:
        print(_config(variables, cargo_environment.search_variable(facts.target.system)))
    return 0


def _config(variables: dict[str, str], search: str) -> str:
    """The variables as cargo's configuration. cargo sets the search path ``search`` itself, so that needs `force`."""
    rows = ["# Made by `pyo3-features env --format cargo-config`, for .cargo/config.toml on this machine.", "[env]"]
    for name, value in variables.items():
        shown = json.dumps(value, ensure_ascii=False)
        rows.append(f"{name} = {{ value = {shown}, force = true }}" if name == search else f"{name} = {shown}")
    return "\n".join(rows)
