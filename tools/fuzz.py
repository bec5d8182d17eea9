"""Fuzz everything that comes from outside, and write the figures into docs/reliability.md.

    python tools/fuzz.py [--examples N] [--seconds S] [--faults F] [--write]

N inputs for each target of tests/support/fuzz.py, by hypothesis. Where atheris is installed, it then looks for inputs
of the parsers for S seconds each, by coverage. An input must give a result or an error of this backend's own, within
2 s and 200 MB of memory; exit status 1 and the input for anything else. At last F signals are sent to each hook at
random points, and the other faults of tests/support/faults.py tried.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from support import faults  # noqa: E402
from support.bad_inputs import HOOKS  # noqa: E402
from support.fuzz import TARGETS, read  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"
PARSERS = ("pyproject.toml", "Cargo.toml", "Cargo.lock", "build configuration file", "sysconfig data", "Rust sources")
SECONDS, MEGABYTES = 2.0, 200


class Figures(NamedTuple):
    """What a run saw of one target."""

    name: str
    inputs: int
    good: int
    slowest: float
    memory: int  # MB that one input added to the most that the process has had


def memory() -> int:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def by_hypothesis(name: str, examples: int, number: int) -> Figures:
    """Read ``examples`` inputs. Raises what a reader raises, with the input in a note."""
    inputs = good = 0
    slowest, most = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def each(data: Any) -> None:
            nonlocal inputs, good, slowest, most
            value = data.draw(TARGETS[name].inputs)
            started, before = time.process_time(), memory()
            good += read(name, Path(folder), value)
            took = time.process_time() - started
            inputs, slowest, most = inputs + 1, max(slowest, took), max(most, memory() - before)
            assert most < MEGABYTES, f"{most} MB"
            assert took < SECONDS, f"{took:.1f} s"

        each()
    return Figures(name, inputs, good, slowest, most)


_ATHERIS = """
import sys, tempfile, pathlib
sys.path[:0] = {path!r}
import atheris
with atheris.instrument_imports(include=["pyo3_features_backend"]):
    import support.fuzz as fuzz
folder = pathlib.Path(tempfile.mkdtemp())
atheris.Setup([sys.argv[0], *{options!r}], lambda data: fuzz.read({name!r}, folder, data) and None)
atheris.Fuzz()
"""


def by_atheris(name: str, seconds: int) -> int:
    """Let atheris look for inputs of a parser; returns how many it tried. Exits with its output if it finds a fault."""
    options = [
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={4 * MEGABYTES}",
        "-timeout=10",
        "-max_len=2000",
        "-verbosity=1",
    ]
    code = _ATHERIS.format(path=[str(ROOT), str(ROOT / "tests")], name=name, options=options)
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    done = re.findall(r"Done (\d+) runs", result.stderr)
    if result.returncode or not done:
        raise SystemExit(f"{name}:\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}")
    return int(done[-1])


def table(rows: list[Figures], found: dict[str, int], number: int) -> str:
    """The figures in Markdown."""
    lines = [
        "| input | by hypothesis | of them good | slowest, ms of CPU | most memory for one, MB | by atheris |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        slowest = f"{row.slowest * 1000:.0f}"
        tried = f"{found[row.name]:,}" if row.name in found else ""
        lines.append(f"| {row.name} | {row.inputs:,} | {row.good:,} | {slowest} | {row.memory} | {tried} |")
    total, more = sum(row.inputs for row in rows), sum(found.values())
    lines.append(
        f"| **all** | **{total:,}** | {sum(row.good for row in rows):,} | | | {f'**{more:,}**' if more else ''} |"
    )
    where = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, seed {number}"
    return "\n".join([f"By the last run ({where}):", "", *lines])


def by_faults(times: int, number: int) -> str:
    """Try each fault of tests/support/faults.py; the outcome in Markdown. Raises for one that is not survived."""
    dice = random.Random(number)
    lines = ["| fault | tried | outcome |", "|---|---|---|"]
    for signal_ in (signal.SIGKILL, signal.SIGTERM):
        for hook in HOOKS:
            stopped = 0
            for _ in range(times):
                with tempfile.TemporaryDirectory() as folder:
                    stopped += faults.interrupted(Path(folder), hook, signal_, dice)
            outcome = f"{stopped} before the end of the hook; no part of a result, and the next build works"
            lines.append(f"| {signal_.name} during {hook} | {times} | {outcome} |")
            print(lines[-1], flush=True)
    for name, call in faults.PLACES.items():
        with tempfile.TemporaryDirectory() as folder:
            said = call(Path(folder))
        messages = f"each works, or ends with one message ({len(said)} of these)" if said else "each works"
        lines.append(f"| {name} | every hook | {messages if said is not None else 'not tried here'} |")
        print(lines[-1], flush=True)
    return "\n".join(lines)


def show(what: str, text: str, *, write: bool) -> None:
    """Print a part of docs/reliability.md, and write it there."""
    print(text)
    if write:
        page = PAGE.read_text(encoding="utf-8")
        start, end = f"<!-- {what} of tools/fuzz.py -->\n", f"<!-- end of the {what} -->"
        head, _, rest = page.partition(start)
        PAGE.write_text(head + start + text + "\n" + end + rest.partition(end)[2], encoding="utf-8")


def main() -> int:
    """Fuzz, print the figures, and write them on request."""
    parser = argparse.ArgumentParser(description="Fuzz everything that comes from outside.")
    parser.add_argument("--examples", type=int, default=1000, help="inputs for each target (default: 1000; 0: none)")
    parser.add_argument("--seconds", type=int, default=0, help="seconds of atheris for each parser (default: 0)")
    parser.add_argument("--faults", type=int, default=0, help="signals to each hook (default: 0)")
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--only", choices=list(TARGETS))
    parser.add_argument("--write", action="store_true", help="write the figures into docs/reliability.md")
    options = parser.parse_args()
    if options.examples:
        rows = []
        for name in [options.only] if options.only else list(TARGETS):
            rows.append(by_hypothesis(name, options.examples, options.seed))
            print(json.dumps(rows[-1]._asdict()), flush=True)
        found = {}
        for name in PARSERS if options.seconds and importlib.util.find_spec("atheris") else ():
            found[name] = by_atheris(name, options.seconds)
            print(f"atheris: {name}: {found[name]:,}", flush=True)
        show("figures", table(rows, found, options.seed), write=options.write)
    if options.faults:
        show("faults", by_faults(options.faults, options.seed), write=options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
