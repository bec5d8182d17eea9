"""Commands of the pages, run in one shell as a reader types them."""

from __future__ import annotations

import os
import pty
import re
import shlex
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from support.examples import ROOT

WIDTH = 120
OTHER_BUILDS = r"^ +Blocking waiting for file lock.*\n"
END = "-- exit status "
# Programs that a reader has, and what runs here in their place. `pip` installs nothing and asks no index (below).
OTHER_PYTHONS = ("python3.12", "python3.14")
MODULES = {"python": [], "pip": ["-m", "pip"], "pyo3-features": ["-m", "pyo3_features_backend"]}
MODULES.update({name: [] for name in OTHER_PYTHONS})
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_FIND_LINKS": "", "CARGO_TERM_COLOR": "never"}


class Ran(NamedTuple):
    """A command that was run: what it printed, stderr too, and its exit status."""

    line: str
    printed: str
    status: int


def programs(folder: Path) -> Path:
    """A folder for PATH, with the programs of a reader as calls of the Python that runs the tests."""
    folder.mkdir()
    for name, words in MODULES.items():
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, *words])} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
    return folder


def run(lines: Sequence[str], folder: Path, scratch: Path, **environment: str) -> list[Ran]:
    """Run lines in a bash, in a folder; ``y`` is what it is answered. The programs and the cache are in ``scratch``."""
    script = "\n".join(part for line in lines for part in (line, f'printf "%s%s\\n" "{END}" $?'))
    modules = [str(ROOT), os.environ.get("PYTHONPATH", ""), sysconfig.get_path("purelib")]
    path = [str(programs(scratch / "programs")), str(Path(sys.executable).parent), os.environ["PATH"]]
    environ = {name: text for name, text in os.environ.items() if name not in ("VIRTUAL_ENV", "FORCE_COLOR", "CI")}
    environ.update({"PATH": os.pathsep.join(path), "PYTHONPATH": os.pathsep.join(filter(None, modules)), **OFFLINE})
    ours, its = pty.openpty()
    os.write(ours, b"y\n" * 3)
    result = subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        check=False,
        encoding="utf-8",
        stdin=its,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**environ, "PYO3_FEATURES_BACKEND_CACHE_DIR": str(scratch / "cache"), **environment},
    )
    os.close(ours)
    os.close(its)
    parts = re.split(rf"^{END}(\d+)\n", result.stdout, flags=re.MULTILINE)
    assert len(parts) == 2 * len(lines) + 1, result.stdout
    return [Ran(line, parts[2 * number], int(parts[2 * number + 1])) for number, line in enumerate(lines)]


def shows(page: str, printed: str) -> bool:
    """Whether a page shows what was printed. ``…`` is anything there; the Python, seconds and folders may differ."""
    printed = re.sub(OTHER_BUILDS, "", printed, flags=re.MULTILINE)
    end = r"\n"
    if any(len(row) > WIDTH for row in printed.splitlines()):  # the page breaks such a line, as a terminal does
        page, printed, end = " ".join(page.split()), " ".join(printed.split()), ""
    rows = []
    for row in page.rstrip("\n").splitlines():
        pattern = ".*".join(re.escape(part) for part in row.split("…"))
        pattern = re.sub(r"target:\\ CPython\\ 3\\\.\d+,\\ \S+", r"target: CPython 3\\.\\d+, \\S+", pattern)
        pattern = re.sub(r"\b\d+\\\.\d\ds\b", r"[\\d.]+s", pattern)
        pattern = re.sub(r"/home/me/hello", r"/\\S+", pattern)
        rows.append(r"(?:.*\n)*" if row.strip() == "…" else pattern + end)
    return re.search("^" + "".join(rows), printed, re.MULTILINE) is not None


def python(code: str) -> str:
    """The line that runs code in Python."""
    return f"python -c {shlex.quote(code)}"
