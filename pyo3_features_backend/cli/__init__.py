"""The ``pyo3-features`` command: a module for each verb."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from ..errors import ISSUES_URL, NAME, BackendError, say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 fine, 1 problems or failure, 2 wrong use."""
    from .. import __version__
    from . import cache, config, explain

    parser = argparse.ArgumentParser(prog="pyo3-features", description="See what pyo3-features-backend decides.")
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    explain.add_parser(verbs)
    config.add_parser(verbs)
    cache.add_parser(verbs)
    options = parser.parse_args(arguments)
    try:
        if not Path(options.directory).is_dir():
            parser.error(f"-C {options.directory}: there is no such folder")
        return int(options.run(options))
    except BackendError as error:
        say(str(error))
        return 1
    except BrokenPipeError:  # `| head`: nobody reads on, so there is nothing more to say, at the end of Python either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:
        traceback.print_exc()
        say(f"{NAME}: internal error; please report the traceback above: {ISSUES_URL}")
        return 1
