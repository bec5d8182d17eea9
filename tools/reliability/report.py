"""The tables of docs/reliability.md, between marks, as the run saw them."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from . import hooks
from .faults import NotTried, Tried
from .seeds import TOP
from .signals import Stop

if TYPE_CHECKING:
    from .run import Tally

PAGE = TOP / "docs" / "reliability.md"


class Run(NamedTuple):
    """What one run saw; what it did not try is empty."""

    seed: int
    minutes: float
    tallies: Sequence[Tally] = ()
    stops: Sequence[Stop] = ()
    faults: Sequence[Tried | NotTried] = ()
    guided_seconds: int = 0

    @property
    def failed(self) -> bool:
        """Whether anything did not hold."""
        wrong = any(tally.failures for tally in self.tallies) or any(stop.wrong for stop in self.stops)
        return wrong or any(isinstance(row, Tried) and row.wrong for row in self.faults)


def inputs(run: Run) -> list[str]:
    """The table of the inputs."""
    made = sum(tally.inputs for tally in run.tallies)
    guided = sum(tally.guided for tally in run.tallies)
    lines = [
        f"{made:,} inputs by hypothesis"
        + (f" and {guided:,} by atheris ({run.guided_seconds} s for each kind that has a number)" if guided else "")
        + f", seed {run.seed}, {run.minutes:.0f} minutes, Python {platform.python_version()} on {sys.platform}. "
        f"Ways to fail: {sum(len(tally.failures) for tally in run.tallies)}.",
        "",
        "| input | hypothesis | accepted | atheris | slowest | most memory | ways to fail |",
        "|---|---|---|---|---|---|---|",
    ]
    for tally in run.tallies:
        cells = [
            tally.kind.name,
            f"{tally.inputs:,}",
            f"{tally.accepted:,}",
            f"{tally.guided:,}" if tally.guided else "",
        ]
        cells += [f"{tally.seconds:.2f} s", f"{max(tally.megabytes, 0):.0f} MB", str(len(tally.failures))]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def stops(run: Run) -> list[str]:
    """The table of the signals."""
    late = sum(stop.late for stop in run.stops)
    lines = [
        f"{len(run.stops)} stops, seed {run.seed}; {late} came after the hook had ended.",
        "",
        "| hook | SIGKILL | SIGTERM | right wheel afterwards | something else did not hold |",
        "|---|---|---|---|---|",
    ]
    for hook in hooks.NAMES:
        own = [stop for stop in run.stops if stop.hook == hook]
        builds = sum(any(wrong.startswith("the next build") for wrong in stop.wrong) for stop in own)
        others = sum(any(not wrong.startswith("the next build") for wrong in stop.wrong) for stop in own)
        counts = [sum(stop.signal == name for stop in own) for name in ("SIGKILL", "SIGTERM")]
        lines.append(f"| {hook} | {counts[0]} | {counts[1]} | {len(own) - builds} of {len(own)} | {others} |")
    return lines


def faults(run: Run) -> list[str]:
    """The table of the other faults."""
    lines = ["| fault | hooks | succeeded | one message | did not hold |", "|---|---|---|---|---|"]
    for fault in dict.fromkeys(row.fault for row in run.faults):
        rows = [row for row in run.faults if row.fault == fault]
        tried = [row for row in rows if isinstance(row, Tried)]
        for row in rows:
            if isinstance(row, NotTried):
                lines.append(f"| {fault} | not tried: {row.why} | | | |")
        if tried:
            right, wrong = sum(row.right for row in tried), sum(bool(row.wrong) for row in tried)
            lines.append(f"| {fault} | {len(tried)} | {right} | {len(tried) - right - wrong} | {wrong} |")
    return lines


def write(run: Run) -> None:
    """Replace the tables of what was tried; the others stay."""
    text = PAGE.read_text(encoding="utf-8")
    for name, tried, lines in (
        ("inputs", run.tallies, inputs),
        ("stops", run.stops, stops),
        ("faults", run.faults, faults),
    ):
        if tried:
            text = replaced(text, name, lines(run))
    PAGE.write_text(text, encoding="utf-8")


def replaced(text: str, name: str, lines: Iterable[str]) -> str:
    """``text`` with other lines between the marks of ``name``. Raises :class:`ValueError` if a mark is missing."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    if start not in text or end not in text:
        raise ValueError(f"{PAGE.name} has no marks for {name}")
    before, _, rest = text.partition(start)
    return f"{before}{start}{''.join(f'{line}' + chr(10) for line in lines)}{end}{rest.partition(end)[2]}"
