"""The ``pyo3-features`` command: its verbs, and the module of each.

A verb's module has ``DESCRIPTION`` and ``EXAMPLE`` for its help, ``add_arguments(parser)`` and ``run(options)``, which
returns the exit status. :func:`main` adds ``-C DIR``, ``--color``, ``-q`` and ``-v`` to each verb, and
``options.directory`` is a folder that exists. A verb with actions adds ``common.shared_options`` to each of them. What
a verb prints for people goes through :mod:`.console`.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import redirect_stdout
from typing import IO, NamedTuple, cast

from ..errors import ISSUES_URL, NAME, BackendError, OutputError, closest, refused, say, speaking, write
from ..facts.files import current_folder
from .common import Parser, Stdout, VerbModule, print_as_json, shared_options, wants_json
from .console import Console
from .console.colour import Choice

# A loader for each verb: only the module of the verb that is called is imported, so that `explain` answers at once.


def _new() -> VerbModule:
    from . import new

    return new


def _init() -> VerbModule:
    from . import init

    return init


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


def _ci() -> VerbModule:
    from . import ci

    return ci


def _cache() -> VerbModule:
    from . import cache

    return cache


def _help() -> VerbModule:
    from . import help

    return help


def _completion() -> VerbModule:
    from . import completion

    return completion


class _Listed(NamedTuple):
    """A verb in the table: its line of the help, and what loads it."""

    help: str
    load: Callable[[], VerbModule]


# In the order of the help.
VERBS = {
    "new": _Listed("create a project with this backend", _new),
    "init": _Listed("turn a crate into a Python package", _init),
    "explain": _Listed("show which wheel a build makes for one Python, and why", _explain),
    "matrix": _Listed("show the smallest set of wheels for all Pythons that the project supports", _matrix),
    "check": _Listed("find problems in the project's configuration, and how to fix them", _check),
    "probe": _Listed("find the lowest Python that a stable-ABI wheel can support, by compiling", _probe),
    "migrate": _Listed("convert a maturin or setuptools-rust project to this backend", _migrate),
    "config": _Listed("show, write or check a PyO3 build configuration file", _config),
    "env": _Listed("print the variables that make cargo, rust-analyzer and builds use one Python", _env),
    "cargo": _Listed("run cargo with the features and the environment of builds, so that tests link", _cargo),
    "args": _Listed("print what `explain` shows as flags for `maturin build` or cargo", _args),
    "audit": _Listed("check the tags and symbols of built wheels", _audit),
    "ci": _Listed("write a GitHub workflow that builds, tests, audits and publishes the wheels", _ci),
    "cache": _Listed("show or clear the compile cache", _cache),
    "completion": _Listed("print the script that lets a shell complete this command", _completion),
    "help": _Listed("explain a code such as PFB272, or show the help of a verb", _help),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 success, 1 problems or failure, 2 wrong use."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with speaking(Console(_color(words))):  # until the words are understood, wrong ones are told of
        return _parsed(words)


def _parsed(words: Sequence[str]) -> int:
    """Understand the words and run the verb; returns the exit status."""
    called = _called(words)
    parser, verbs = parsers([called] if called else [])
    verb = verbs.get(called or "", parser)
    if called and called not in VERBS:
        near = closest(called, VERBS)
        parser.wrong(f"unknown verb {called!r}", f"did you mean {near[0]!r}?" if near else "known: " + ", ".join(VERBS))
    options, rest = parser.parse_known_args(words)
    if rest:
        verb.error("unknown argument: " + " ".join(rest))
    if not called:
        parser.print_help(sys.stderr)
        return 2
    if not os.path.isdir(options.directory):  # noqa: PTH112 - pathlib raises for some
        verb.wrong(f"-C {options.directory}: there is no such folder", "pass the folder that contains pyproject.toml")
    with speaking(Console(options.color, quiet=options.quiet, verbose=options.verbose)):
        return _run(options)


def parsers(loaded: Collection[str]) -> tuple[Parser, dict[str, Parser]]:
    """The parser of the command, and those of the verbs in ``loaded``: only their modules are imported."""
    from .. import __version__

    parser = Parser(
        prog="pyo3-features",
        description="Create, plan and check Python packages with a PyO3 extension that pyo3-features-backend builds. "
        "`pyo3-features VERB --help` shows the options of a verb.",
        epilog="example: pyo3-features explain",
    )
    parser.add_argument(
        "-V", "--version", action="version", version=f"{NAME} {__version__}", help="print the version and exit"
    )
    shared_options(parser)
    parser.set_defaults(directory=".", color=str(Choice.AUTO), quiet=False, verbose=False)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    found = {}
    for name, listed in VERBS.items():
        if name not in loaded:
            verbs.add_parser(name, help=listed.help)
            continue
        verb = listed.load()
        example = "example: " + verb.EXAMPLE
        found[name] = verbs.add_parser(name, help=listed.help, description=verb.DESCRIPTION, epilog=example)
        found[name].set_defaults(run=verb.run)
        verb.add_arguments(found[name])
        shared_options(found[name])
    return parser, found


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
    except Exception as error:
        if known := refused(error):
            say(str(known))
            return 1
        import traceback

        traceback.print_exc()
        write(f"internal error; please report the traceback above: {ISSUES_URL}")
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
    """Discard stdout's buffer: Python would try to write it at exit, and print a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _called(words: Sequence[str]) -> str | None:
    """The verb among the words: the first that is neither an option nor the value of one."""
    rest = iter(words)
    for word in rest:
        if word in ("-C", "--color"):
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None


def _color(words: Sequence[str]) -> str:
    """The value of ``--color`` among the words; that of the default where there is none, or not a right one."""
    for word, following in zip(words, [*words[1:], ""]):
        value = following if word == "--color" else word.partition("=")[2] if word.startswith("--color=") else ""
        if value in list(Choice):
            return value
    return str(Choice.AUTO)
