"""``pyo3-features args``: the plan as flags, for direct calls of maturin or cargo."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from ..author import flags
from ..build.steps import stop_on_errors
from ..build.survey import facts_of
from ..errors import PlanError, render, say
from ..model.words import Severity, Word
from .common import json_option, python_option

DESCRIPTION = (
    "Print what `explain` shows as flags for `maturin build`, cargo, or a build that does not use this backend."
)
EXAMPLE = "maturin build --release $(pyo3-features args)"


class Tool(Word):
    """What the flags are for."""

    MATURIN = "maturin"
    CARGO = "cargo"
    BUILD = "build"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument(
        "--for",
        dest="tool",
        choices=[str(name) for name in Tool],
        default=str(Tool.MATURIN),
        help="the tool that gets the flags (default: maturin); build: `python -m build` or pip, if the project has "
        "another build backend",
    )
    python_option(parser)
    parser.add_argument("--target", metavar="TRIPLE", help="the rustc target to cross-compile for")
    json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Print one line of flags. Variables that no flag replaces go to stderr."""
    config = {"build-args": f"--target {shlex.quote(options.target)}"} if options.target else None
    root = Path(options.directory).resolve()
    facts = facts_of(root, options.python, config)
    stop_on_errors(facts, quiet=False)
    if options.target and facts.triple != options.target:  # setuptools takes no build arguments
        raise PlanError(
            "--target does not work with setuptools-rust",
            hint=f"CARGO_BUILD_TARGET={options.target} pyo3-features args --for cargo",
        )
    if options.tool == Tool.MATURIN:
        words, variables = flags.for_maturin(facts, options.python)
    elif options.tool == Tool.BUILD:
        words, variables = flags.for_build(facts), {}  # each delegate sets them itself
    else:
        units = flags.for_cargo(facts, linking=False)
        if len(units) != 1:
            raise PlanError(
                f"there are {len(units)} extension crates, each with its own flags",
                hint="`pyo3-features cargo ...` calls cargo for each of them",
            )
        words, variables = [*flags.manifest_path(units[0], root), *units[0].flags], dict(facts.plan.env)
        if options.target:
            words = ["--target", options.target, *words]
    if options.json:
        print(json.dumps({"args": words, "env": variables}, indent=2))
        return 0
    for name, value in variables.items():
        say(f"no flag can set this variable; set it yourself: export {name}={shlex.quote(value)}")
    line, plain = flags.line(words)
    if not plain:
        command = {Tool.MATURIN: "maturin build", Tool.CARGO: "cargo build", Tool.BUILD: "python -m build --wheel"}
        say(
            render(
                Severity.WARNING,
                "a word contains a space or a quote, and $(...) would split it",
                hint=f'eval "{command[Tool(options.tool)]} $(pyo3-features args ...)"',
            )
        )
    print(line)
    return 0
