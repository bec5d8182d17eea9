"""The ``pyo3-features`` command: its verbs, and the module of each.

A verb's module has ``DESCRIPTION`` and ``EXAMPLE`` for its help, ``add_arguments(parser)`` and ``run(options)``, which
returns the exit status. :func:`main` adds ``-C DIR`` to each verb; ``options.directory`` is a folder that exists. A
verb with actions adds ``common.directory_option`` to each of them.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import IO, NamedTuple, cast

from ..errors import ISSUES_URL, NAME, BackendError, OutputError, closest, say
from ..facts.files import current_folder
from .common import Parser, Stdout, VerbModule, directory_option, print_as_json, wants_json

# A loader for each verb: only the module of the verb that is called is imported, so that `explain` answers at once.


def _explain() -> VerbModule:
    from . import explain

    return explain


def _matrix() -> VerbModule:
    from . import matrix

    return matrix


def _check() -> VerbModule:
    from . import check

    return check


def _probe() -> VerbModule:
    from . import probe

    return probe


def _migrate() -> VerbModule:
    from . import migrate

    return migrate


def _config() -> VerbModule:
    from . import config

    return config


def _env() -> VerbModule:
    from . import env

    return env


def _cargo() -> VerbModule:
    from . import cargo

    return cargo


def _args() -> VerbModule:
    from . import args

    return args


def _audit() -> VerbModule:
    from . import audit

    return audit


def _cache() -> VerbModule:
    from . import cache

    return cache


class _Listed(NamedTuple):
    """A verb in the table: its line of the help, and what loads it."""

    help: str
    load: Callable[[], VerbModule]


# In the order of the help.
VERBS = {
    "explain": _Listed("the plan for one interpreter and why", _explain),
    "matrix": _Listed("the smallest set of wheels for all Pythons that the project supports", _matrix),
    "check": _Listed("problems in the project's declarations, each with a remedy", _check),
    "probe": _Listed("the lowest stable-ABI floor at which the crate compiles, by compiling", _probe),
    "migrate": _Listed("turn a maturin or setuptools-rust project into one that uses this backend", _migrate),
    "config": _Listed("PyO3 build configuration files", _config),
    "env": _Listed("the environment that makes cargo, rust-analyzer and the build agree", _env),
    "cargo": _Listed("cargo with the features and the environment of the builds; its tests link", _cargo),
    "args": _Listed("the plan as flags for `maturin build` or cargo", _args),
    "audit": _Listed("tags and symbols of built wheels", _audit),
    "cache": _Listed("the compile cache: show its contents, or empty it", _cache),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 success, 1 problems or failure, 2 wrong use."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    called = _called(words)
    parser, verb = _parsers(called)
    if called and called not in VERBS:
        near = closest(called, VERBS)
        parser.wrong(f"unknown verb {called!r}", f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(VERBS))
    options, rest = parser.parse_known_args(words)
    if rest:
        verb.error("unknown argument: " + " ".join(rest))
    if not called:
        parser.print_help(sys.stderr)
        return 2
    if not Path(options.directory).is_dir():
        verb.wrong(f"-C {options.directory}: there is no such folder", "name the folder that contains pyproject.toml")
    return _run(options)


def _parsers(called: str | None) -> tuple[Parser, Parser]:
    """The parser of the command, and that of the verb that is called; the same one where there is none."""
    from .. import __version__

    parser = called_parser = Parser(
        prog="pyo3-features",
        description="Show what pyo3-features-backend decides. `pyo3-features VERB --help` describes each verb.",
        epilog="example: pyo3-features explain",
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    directory_option(parser)
    parser.set_defaults(directory=".")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    for name, listed in VERBS.items():
        if name != called:
            verbs.add_parser(name, help=listed.help)
            continue
        verb = listed.load()
        example = "example: " + verb.EXAMPLE
        called_parser = verbs.add_parser(name, help=listed.help, description=verb.DESCRIPTION, epilog=example)
        called_parser.set_defaults(run=verb.run)
        verb.add_arguments(called_parser)
        directory_option(called_parser)
    return parser, called_parser


def _run(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):  # a path may contain what the encoding does not
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        if sys.stdout is None:  # the process has been started without one
            return _answer(options)
        with redirect_stdout(cast("IO[str]", Stdout(sys.stdout))):
            status = _answer(options)
            sys.stdout.flush()  # here, where it can still be said what is wrong with it
            return status
    except OutputError as error:
        say(str(error))
        _write_no_more()
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head`: nobody reads any more
        _write_no_more()
        return 0
    except Exception:
        import traceback

        traceback.print_exc()
        say(f"{NAME}: internal error; please report the traceback above: {ISSUES_URL}")
        return 1


def _answer(options: argparse.Namespace) -> int:
    """Run the verb; returns the exit status. With ``--json`` an error is on stdout too: its reader gets an object."""
    try:
        current_folder()  # nearly all below it looks there
        return int(options.run(options))
    except OutputError:
        raise
    except BackendError as error:
        say(str(error))
        if wants_json(options):
            print_as_json(error)
        return 1


def _write_no_more() -> None:
    """Throw away what is in stdout's buffer: Python would try to write it at its end, and print a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _called(words: Sequence[str]) -> str | None:
    """The verb among the words: the first that is neither an option nor the folder of ``-C``."""
    rest = iter(words)
    for word in rest:
        if word == "-C":
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None
