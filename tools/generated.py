"""Files that are made from the code: the main program of the tools that write them."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main(
    about: str, files: Callable[[], Iterable[tuple[Path, str]]], comparable: Callable[[str], str] = lambda text: text
) -> int:
    """Write each file with its text, or with ``--check`` print how it differs; returns the exit status.

    ``comparable`` takes out of a text what may be another one on each machine.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on a difference")
    options = parser.parse_args()
    status = 0
    for file, wanted in files():
        found = file.read_text(encoding="utf-8") if file.is_file() else ""
        before, after = (comparable(text).splitlines(True) for text in (found, wanted))
        if before == after:
            continue
        if options.check:
            name = file.relative_to(ROOT).as_posix()
            sys.stdout.writelines(difflib.unified_diff(before, after, name, "as it should be"))
            status = 1
        else:
            file.write_text(wanted, encoding="utf-8")
    return status
