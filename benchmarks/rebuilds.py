"""Whole builds through front ends, nothing or one line changed: maturin alone, with other cures, and this backend.

    python benchmarks/rebuilds.py [--rounds 3] [--sccache PROGRAM] [--only TEXT] [--targets] [--write]

Needs pip, git, cargo and, before anything is measured, the network (the front ends, sdists of real projects and what
builds install; see workbench.py). Each row builds once with each variant to fill what can be filled, and then in turns,
so that a noisy machine disturbs all alike; printed are medians in seconds and their ratios. Both sides make the same
wheel, and its tags are looked at after every build. ``--targets`` shows the least ratios that we ask for; ``--write``
puts the table, without them, into docs/speed.md.

Rows for five Pythons need pyenv's 3.9 to 3.13, those with cargo's new layout a nightly toolchain, and the column for
sccache the program; what is missing is said and left out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from workbench import (
    DECLARED,
    FIVE,
    SPECIFIC,
    STABLE,
    TOP,
    VARIANTS,
    Bench,
    Job,
    Row,
    installed_tags,
    nightly,
    prepare,
    tags,
    write_table,
)

LAYOUT = {"RUSTUP_TOOLCHAIN": "nightly", "CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT": "true"}
MARK = "// the changed line\n"

TOX = """\
[testenv]
package = wheel
pass_env = *
commands = python -c "import hello_pyo3"

[pkgenv]
pass_env = *
"""
NOX = """\
import nox


@nox.session(python={pythons})
def imports(session):
    session.install(".")
    session.run("python", "-c", "import hello_pyo3")
"""


def wheel_in_tree(job: Job) -> float:
    taken = job.build("uv", "build", "-q", "--wheel", "-o")
    if job.row.environment == LAYOUT and list((job.tree / "target").rglob(".fingerprint")):
        sys.exit(f"{job.row.title}, {job.variant}: cargo used the old layout")
    return taken


def uv_build(job: Job) -> float:
    return job.build("uv", "build", "-q", "-o")


def python_build(job: Job) -> float:
    return job.build("python", "-m", "build", "-o")


def pip_wheel(job: Job) -> float:
    words = ["python", "-m", "pip", "wheel", "-q", "--no-deps", "--no-cache-dir"]
    return job.build(*words, str(job.sdist()), "-w")


def one_line(job: Job) -> float:
    source = job.tree / "src" / "lib.rs"
    text, _, _ = source.read_text().partition(MARK)
    source.write_text(f"{text}{MARK}pub const CHANGED: u64 = {time.time_ns()};\n")
    return uv_build(job)


def five(job: Job) -> float:
    sdist = str(job.sdist())
    taken = 0.0
    for version, python in job.bench.pythons.items():
        out = job.out()
        taken += job.run(["uv", "build", "-q", "--wheel", "--python", str(python), "-o", str(out), sdist], out)
        job.check(tags(list(out.glob("*.whl"))), version)
    return taken


def _found(job: Job) -> str:
    """A PATH on which tox and nox find the interpreters."""
    own, rest = job.bench.environments[job.variant]["PATH"].split(os.pathsep, 1)
    return os.pathsep.join([own, *(str(python.parent) for python in job.bench.pythons.values()), rest])


def tox(job: Job) -> float:
    (job.tree / "tox.ini").write_text(TOX)
    names = ",".join(f"py{major}{minor}" for major, minor in job.bench.pythons)
    taken = job.run(["tox", "run", "-e", names], PATH=_found(job))
    job.check(installed_tags(job.tree / ".tox"))
    return taken


def nox(job: Job) -> float:
    names = [f"{major}.{minor}" for major, minor in job.bench.pythons]
    (job.tree / "noxfile.py").write_text(NOX.format(pythons=names))
    taken = job.run(["nox", "--error-on-missing-interpreters"], PATH=_found(job))
    job.check(installed_tags(job.tree / ".nox"))
    return taken


def from_nothing(measure: Callable[[Job], float]) -> Callable[[Job], float]:
    """The same with nothing compiled and no environment made any more."""

    def emptied(job: Job) -> float:
        for folder in (*(job.tree / name for name in ("target", ".tox", ".nox")), job.bench.folder / "cache"):
            shutil.rmtree(folder, ignore_errors=True)
        os.sync()  # what was removed is not written while the build is timed: only this backend keeps so much
        return measure(job)

    return emptied


PAIR = ("maturin", "ours")
# uuid-utils hard-codes the stable ABI.
ALL = (("hello", SPECIFIC), ("rpds-py", SPECIFIC), ("uuid-utils", DECLARED))
HELLO = ("hello", STABLE, PAIR)
# The new layout apart: the two would share a target folder.
NEW = (LAYOUT, "new layout")
ROWS = (
    *(Row(f"`uv build --wheel`, in the tree: {one}", wheel_in_tree, one, abi, VARIANTS, 12, 2) for one, abi in ALL),
    # maturin alone compiles nothing in this one, either: only a wheel for one Python knows the environment's path.
    Row("`uv build --wheel`, in the tree, stable ABI: hello", wheel_in_tree, "hello", STABLE, VARIANTS),
    *(Row(f"`uv build`, sdist then wheel: {one}", uv_build, one, abi, VARIANTS, 12, 3) for one, abi in ALL),
    *(Row(f"`python -m build`, sdist then wheel: {one}", python_build, one, abi, VARIANTS, 5, 1.7) for one, abi in ALL),
    Row("`pip wheel` of the sdist: rpds-py", pip_wheel, "rpds-py", SPECIFIC, PAIR, 6),
    *(Row(f"one line changed, `uv build`: {one}", one_line, one, abi, PAIR, 6, apart="change") for one, abi in ALL[:2]),
    Row("five Pythons in a row, stable ABI, one sdist, from nothing: hello", from_nothing(five), *HELLO, 4),
    Row("the same five again: hello", five, *HELLO, 12),
    Row("five Pythons, version-specific, one sdist, from nothing: hello", from_nothing(five), "hello", SPECIFIC, PAIR),
    Row("five Pythons again, version-specific: hello", five, "hello", SPECIFIC, PAIR, 12),
    Row("new build-dir layout, `uv build --wheel`: hello", wheel_in_tree, "hello", SPECIFIC, VARIANTS, 12, 2, *NEW),
    Row("new build-dir layout, `uv build`: hello", uv_build, "hello", SPECIFIC, VARIANTS, 12, 3, *NEW),
    *(Row(f"first build ever: {one}", from_nothing(uv_build), one, abi, PAIR, 0.98) for one, abi in ALL[:2]),
    Row("tox over five Pythons, stable ABI, from nothing: hello", from_nothing(tox), *HELLO, apart="tox"),
    Row("tox over five Pythons, stable ABI, again: hello", tox, *HELLO, apart="tox"),
    Row("nox over five Pythons, stable ABI, from nothing: hello", from_nothing(nox), *HELLO, apart="nox"),
    Row("nox over five Pythons, stable ABI, again: hello", nox, *HELLO, apart="nox"),
)


def possible(rows: list[Row], pythons: Mapping[tuple[int, int], Path]) -> list[Row]:
    """The rows whose optional tools are there; says what is left out."""
    missing = [f"{major}.{minor}" for major, minor in FIVE if (major, minor) not in pythons]
    if missing:
        print(f"no rows for five Pythons: pyenv has no {', '.join(missing)}\n", flush=True)
        rows = [row for row in rows if "five" not in row.title]
    if any(row.environment == LAYOUT for row in rows) and not nightly():
        print("no rows for the new build-dir layout: rustup has no nightly\n", flush=True)
        rows = [row for row in rows if row.environment != LAYOUT]
    return rows


def measured(bench: Bench, row: Row, rounds: int) -> dict[str, float]:
    """Median seconds of each variant."""
    jobs = {one: Job(bench, row, one) for one in row.variants if one in bench.environments}
    times: dict[str, list[float]] = {one: [] for one in jobs}
    for job in jobs.values():
        row.measure(job)
    for _ in range(rounds):
        for variant, job in jobs.items():
            times[variant].append(row.measure(job))
    return {one: statistics.median(taken) for one, taken in times.items()}


def line(row: Row, median: Mapping[str, float], *, targets: bool) -> str:
    """One line of the table, in markdown."""
    cells = [f"{median[one]:.2f}" if one in median else "" for one in VARIANTS]
    for other, least in (("maturin", row.alone), ("sccache", row.sccache)):
        ratio = f"{median[other] / median['ours']:.2f}" if other in median else ""
        cells.append(f"{ratio} (≥ {least})" if ratio and targets and least is not None else ratio)
    return f"| {row.title} | {' | '.join(cells)} |"


def serve(bench: Bench, sccache: str, option: str) -> None:
    subprocess.run([sccache, option], env=bench.environments["sccache"], capture_output=True, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Whole builds against maturin's own.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sccache", metavar="PROGRAM", help="compare with it, too (cargo install sccache)")
    parser.add_argument(
        "--only", action="append", metavar="TEXT", help="rows with this in their title; can be repeated"
    )
    parser.add_argument("--targets", action="store_true", help="show the least ratios that we ask for")
    parser.add_argument("--write", action="store_true", help="put the table, without targets, into docs/speed.md")
    options = parser.parse_args()
    rows = [row for row in ROWS if any(text in row.title for text in options.only or [""])]
    if options.write and options.only:
        parser.error("--write is for the whole table")
    if not rows:
        parser.error("no such row; there are:\n" + "\n".join(row.title for row in ROWS))
    sccache = shutil.which(options.sccache) if options.sccache else None
    if not sccache:
        print(f"no column for sccache: {options.sccache or '--sccache PROGRAM'} is missing\n", flush=True)
    head = [
        "| seconds | maturin alone | use-base-python | with sccache | this backend | alone : ours | sccache : ours |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        bench = prepare(Path(name), sccache)
        rows = possible(rows, bench.pythons)
        print("\n".join(head), flush=True)
        lines = []
        if sccache:
            serve(bench, sccache, "--start-server")
        try:
            for row in rows:
                median = measured(bench, row, options.rounds)
                lines.append(line(row, median, targets=False))
                print(line(row, median, targets=options.targets), flush=True)
        finally:
            if sccache:
                serve(bench, sccache, "--stop-server")
    if options.write:
        write_table(TOP / "docs" / "speed.md", head + lines)


if __name__ == "__main__":
    main()
