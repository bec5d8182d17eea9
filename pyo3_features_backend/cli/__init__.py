"""The ``pyo3-features`` command: a module for each verb, imported when it is called.

A verb's module has ``DESCRIPTION`` and ``EXAMPLE`` for its help, ``add_arguments(parser)`` and ``run(options)``, which
returns the exit status. ``-C DIR`` is added to each verb; ``options.directory`` is a folder that exists.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from ..errors import ISSUES_URL, NAME, BackendError, say

# In the order of the help. Only the module of the verb that is called is imported: `explain` should answer at once.
VERBS = {
    "explain": "the plan for one interpreter and why",
    "probe": "the lowest stable-ABI floor at which the crate compiles, by compiling",
    "config": "PyO3 build configuration files",
    "cache": "the compile cache: what it holds; empty it",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 fine, 1 problems or failure, 2 wrong use."""
    from .. import __version__

    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="pyo3-features", description="See what pyo3-features-backend decides.")
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    called = next((word for word in words if not word.startswith("-")), None)
    for name, text in VERBS.items():
        if name != called:
            verbs.add_parser(name, help=text)
            continue
        module = importlib.import_module("." + name, __name__)
        verb = verbs.add_parser(name, help=text, description=module.DESCRIPTION, epilog="example: " + module.EXAMPLE)
        verb.add_argument("-C", dest="directory", default=".", metavar="DIR", help="the project's folder")
        verb.set_defaults(run=module.run)
        module.add_arguments(verb)
    options = parser.parse_args(words)
    try:
        if not Path(options.directory).is_dir():
            parser.error(f"-C {options.directory}: there is no such folder")
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
        traceback.print_exc()
        say(f"{NAME}: internal error; please report the traceback above: {ISSUES_URL}")
        return 1
