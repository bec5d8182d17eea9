"""Renew ``pyo3_features_backend/verify/exported.py``; run by hand.

    python tools/refresh_exports.py [--check] LIBPYTHON...

The stable ABI got some symbols later than CPython itself: `PyObject_GetBuffer` is in it since 3.11, and in every
CPython 3. Each LIBPYTHON is a `libpython3.X.so.1.0`; what it exports says since when there is a symbol. abi3info has to
be installed. ``--check`` writes nothing, and fails on a difference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pyo3_features_backend.model.version import python_text
from pyo3_features_backend.verify import binary, stable_abi
from pyo3_features_backend.verify.libraries import python_library

MODULE = Path(__file__).parent.parent / "pyo3_features_backend" / "verify" / "exported.py"
HEAD = '''"""Symbols that CPython had before they were in its stable ABI, and the first Python that has each.

Made by tools/refresh_exports.py from what libpython {first} to {last} export; do not edit.
Versions before {first} are not distinguished.
"""

from __future__ import annotations

NEWEST = {newest}

FIRST: dict[str, tuple[int, int]] = {{
'''


def module(libraries: list[Path]) -> str:
    """The source of ``verify/exported.py``."""
    exports = {}
    for path in libraries:
        found = python_library(path.name)
        if found is None or found.version is None:
            raise SystemExit(f"{path} is no libpython3.X")
        exports[found.version] = binary.read(path.read_bytes()).exports
    versions = sorted(exports)
    rows = []
    for name, added in sorted(stable_abi.load().added.items()):
        first = next((version for version in versions if name in exports[version]), None)
        if first and first < added:
            rows.append(f'    "{name}": {first},\n')
    oldest, newest = versions[0], versions[-1]
    head = HEAD.format(first=python_text(oldest), last=python_text(newest), newest=newest)
    return head + "".join(rows) + "}\n"


def main() -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("libraries", nargs="+", metavar="LIBPYTHON", type=Path)
    options = parser.parse_args()
    text = module(options.libraries)
    if MODULE.is_file() and MODULE.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print(f"{MODULE.name} is not what the libraries say", file=sys.stderr)
        return 1
    MODULE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
