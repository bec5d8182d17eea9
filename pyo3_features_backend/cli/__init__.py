"""The ``pyo3-features`` command: a module for each verb, imported when it is called.

A verb's module has ``DESCRIPTION`` and ``EXAMPLE`` for its help, ``add_arguments(parser)`` and ``run(options)``, which
returns the exit status. ``-C DIR`` is added to each verb; ``options.directory`` is a folder that exists. A verb with
actions adds ``common.directory_option`` to each of them.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ..errors import ISSUES_URL, NAME, BackendError, closest, say
from .common import Parser, directory_option

# In the order of the help. Only the module of the verb that is called is imported: `explain` should answer at once.
VERBS = {
    "explain": "the plan for one interpreter and why",
    "matrix": "the smallest set of wheels for all Pythons that the project supports",
    "probe": "the lowest stable-ABI floor at which the crate compiles, by compiling",
    "migrate": "turn a maturin or setuptools-rust project into one that uses this backend",
    "config": "PyO3 build configuration files",
    "env": "the environment that makes cargo, rust-analyzer and the build agree",
    "cargo": "cargo with the features and the environment of the builds; its tests link",
    "args": "the plan as flags for `maturin build` or cargo",
    "cache": "the compile cache: what it holds; empty it",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 fine, 1 problems or failure, 2 wrong use."""
    from .. import __version__

    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = verb = Parser(
        prog="pyo3-features",
        description="See what pyo3-features-backend decides. `pyo3-features VERB --help` says more of each verb.",
        epilog="example: pyo3-features explain",
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    directory_option(parser)
    parser.set_defaults(directory=".")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB")
    called = _called(words)
    for name, text in VERBS.items():
        if name != called:
            verbs.add_parser(name, help=text)
            continue
        module = importlib.import_module("." + name, __name__)
        verb = verbs.add_parser(name, help=text, description=module.DESCRIPTION, epilog="example: " + module.EXAMPLE)
        verb.set_defaults(run=module.run)
        module.add_arguments(verb)
        directory_option(verb)
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
        verb.wrong(f"-C {options.directory}: there is no such folder", "name the folder that holds pyproject.toml")
    try:
        return int(options.run(options))
    except BackendError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head`: nobody reads on, so there is nothing more to say, at the end of Python either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        import traceback

        traceback.print_exc()
        say(f"{NAME}: internal error; please report the traceback above: {ISSUES_URL}")
        return 1


def _called(words: Sequence[str]) -> str | None:
    """The verb among the words: the first that is no option and not the folder of ``-C``."""
    rest = iter(words)
    for word in rest:
        if word == "-C":
            next(rest, None)
        elif not word.startswith("-"):
            return word
    return None
