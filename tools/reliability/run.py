"""The program: fuzzes every kind of input, tries the faults, and writes what it saw into docs/reliability.md."""

from __future__ import annotations

import argparse
import resource
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import NamedTuple

import hypothesis
from hypothesis import HealthCheck, Phase

from . import faults, guided, kinds, limits, report, signals
from .kinds import Kind
from .limits import Outcome

_MEMORY = 4 << 30  # bytes


class Failure(NamedTuple):
    """One way to fail: ``data`` is the shortest input that was found for it, ``times`` how many inputs did."""

    kind: str
    what: str
    data: bytes
    detail: str
    times: int = 1


class Tally:
    """What was seen of one kind of input."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.inputs = self.accepted = self.guided = 0
        self.seconds = self.megabytes = 0.0
        self.failures: dict[str, Failure] = {}

    def add(self, data: bytes, outcome: Outcome) -> None:
        """Count one input."""
        self.inputs += 1
        self.accepted += outcome.accepted
        self.seconds = max(self.seconds, outcome.seconds)
        self.megabytes = max(self.megabytes, outcome.megabytes)
        if outcome.failure:
            self.fail(Failure(self.kind.name, outcome.failure, data, outcome.detail))

    def fail(self, failure: Failure) -> None:
        """Keep a failure, and the shortest input for it."""
        old = self.failures.get(failure.what)
        if old is None:
            print(f"    {failure.what}: {failure.data[:200]!r}", flush=True)
        shorter = failure if old is None or len(failure.data) < len(old.data) else old
        self.failures[failure.what] = shorter._replace(times=(old.times if old else 0) + failure.times)


def fuzz(tally: Tally, count: int, seed: int, until: float) -> None:
    """Give the reader ``count`` inputs, or as many as there is time for."""
    kind = tally.kind
    for data in kind.known:
        tally.add(data, limits.attempt(kind.read, data))

    def one(data: bytes) -> None:
        if time.monotonic() < until:
            tally.add(data, limits.attempt(kind.read, data))

    # Nothing is raised, so that one failure does not hide the others; what fails is made shorter afterwards.
    settings = hypothesis.settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    test = hypothesis.given(kind.strategy())(one)
    hypothesis.seed(seed + zlib.crc32(kind.name.encode()))(settings(test))()
    for what, failure in tally.failures.items():
        tally.failures[what] = failure._replace(data=limits.minimised(kind.read, failure.data, what))


def fuzz_all(options: argparse.Namespace, until: float) -> list[Tally]:
    """Every kind in turn, first by hypothesis, then those that parse by atheris."""
    chosen = list(kinds.chosen(options.only))
    whole = sum(kind.weight for kind in chosen)
    tallies = []
    for number, kind in enumerate(chosen, 1):
        count = max(int(options.inputs * kind.weight / whole), 20)
        started = time.monotonic()
        tally = Tally(kind)
        tallies.append(tally)
        left = (until - started) * min(1.2 * kind.weight / sum(each.weight for each in chosen[number - 1 :]), 1)
        fuzz(tally, count, options.seed, started + left)
        if kind.guided and options.guided:
            before = time.monotonic()
            try:
                guided.fuzz(tally, options.guided, options.seed)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                print(f"    {error}", flush=True)
            until += time.monotonic() - before  # atheris has its own bound
        taken = time.monotonic() - started
        print(
            f"{number}/{len(chosen)} {kind.name}: {tally.inputs} inputs, {tally.accepted} accepted, "
            f"{len(tally.failures)} ways to fail, {taken:.0f} s",
            flush=True,
        )
    return tallies


def store(tallies: list[Tally], folder: Path) -> None:
    """Write each failing input and its traceback into a folder."""
    for tally in tallies:
        for number, failure in enumerate(tally.failures.values()):
            name = f"{''.join(letter if letter.isalnum() else '-' for letter in tally.kind.name)}-{number}"
            (folder / f"{name}.input").write_bytes(failure.data)
            text = (
                f"{failure.kind}\n{failure.what}, {failure.times} inputs\n{failure.data[:2000]!r}\n\n{failure.detail}\n"
            )
            (folder / f"{name}.txt").write_text(text, encoding="utf-8", errors="backslashreplace")


def options_of() -> argparse.Namespace:
    """The arguments of the program."""
    parser = argparse.ArgumentParser(description="Inputs that nobody meant, and faults around a build.")
    parser.add_argument("--inputs", type=int, default=100_000, help="how many inputs over all kinds; 0 for none")
    parser.add_argument(
        "--guided", type=int, default=20, metavar="SECONDS", help="atheris, for each parser; 0 for none"
    )
    parser.add_argument("--stops", type=int, default=100, help="how many of each signal, over all hooks; 0 for none")
    parser.add_argument("--faults", action=argparse.BooleanOptionalAction, default=True, help="disks, folders, homes")
    parser.add_argument("--minutes", type=float, default=60, help="the most time for each of the three parts")
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86_400)
    parser.add_argument("--only", default="", metavar="TEXT", help="kinds of input with this in their name")
    parser.add_argument(
        "--write", action="store_true", help="put the tables of what was tried into docs/reliability.md"
    )
    options = parser.parse_args()
    if options.write and options.only:
        parser.error("--write is for whole tables")
    if options.guided and not guided.is_possible():
        print("no inputs chosen by coverage: atheris is not installed\n", flush=True)
        options.guided = 0
    return options


def main() -> int:
    """Run everything; the status is 1 if anything did not hold."""
    options = options_of()
    # So that mounts and folders are removed when this program is ended.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="reliability-failures-"))
    print(f"--seed {options.seed}; failing inputs are in {folder}", flush=True)
    started, most = time.monotonic(), 60 * options.minutes
    # Something that takes all memory is a failure of one input, and not of the machine.
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, hard))
    tallies = fuzz_all(options, started + most) if options.inputs else []
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    store(tallies, folder)
    minutes = (time.monotonic() - started) / 60
    with tempfile.TemporaryDirectory(prefix="reliability-", ignore_cleanup_errors=True) as name:
        where = Path(name).resolve()
        stops = signals.run(where, options.stops, options.seed, time.monotonic() + most) if options.stops else []
        tried = faults.run(where, time.monotonic() + most) if options.faults else []
    run = report.Run(options.seed, minutes, tallies, stops, tried, options.guided)
    show(run)
    if options.write:
        report.write(run)
    return int(run.failed)


def show(run: report.Run) -> None:
    """Print the tables of what was tried, and each failing input."""
    for tried, lines in ((run.tallies, report.inputs), (run.stops, report.stops), (run.faults, report.faults)):
        if tried:
            print("\n" + "\n".join(lines(run)), flush=True)
    for failure in (failure for tally in run.tallies for failure in tally.failures.values()):
        print(f"\n{failure.kind}: {failure.what}, {failure.times} inputs, such as")
        print(f"  {failure.data[:500]!r}\n{failure.detail}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
