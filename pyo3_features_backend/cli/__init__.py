"""The ``pyo3-features`` command: a module for each verb."""

from __future__ import annotations

import argparse
import traceback
from collections.abc import Sequence
from pathlib import Path

from ..errors import ISSUES_URL, NAME, BackendError, say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 fine, 1 problems or failure, 2 wrong use."""
    from .. import __version__
    from . import config, explain

    parser = argparse.ArgumentParser(prog="pyo3-features", description="See what pyo3-features-backend decides.")
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    explain.add_parser(verbs)
    config.add_parser(verbs)
    options = parser.parse_args(arguments)
    try:
        if not Path(options.directory).is_dir():
            parser.error(f"-C {options.directory}: there is no such folder")
        return int(options.run(options))
    except BackendError as error:
        say(str(error))
        return 1
    except Exception:
        traceback.print_exc()
        say(f"{NAME}: internal error; please report the traceback above: {ISSUES_URL}")
        return 1
