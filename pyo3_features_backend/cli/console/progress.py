"""One line of a terminal that says what goes on, for how long already; in other outputs, a line for each step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import say
from . import current


class Steps:
    """Shows each step on stderr, as a line."""

    def step(self, text: str) -> None:
        """A step begins."""
        say(text)

    def doing(self, text: str) -> None:
        """What goes on within the step; it is shown only where it can be replaced by what comes next."""

    def beside(self, write: Callable[[], object]) -> None:
        """Call ``write``, which prints lines that stay."""
        write()


class _Line(Steps):
    """Shows the step and what goes on within it in one line, by rich, with a clock that starts with each step."""

    def __init__(self, progress: Any) -> None:
        self.progress = progress
        self.task = progress.add_task("", total=None)
        self.text = ""

    def step(self, text: str) -> None:
        self.text = text
        self.progress.reset(self.task, description=text)

    def doing(self, text: str) -> None:
        self.progress.update(self.task, description=f"{self.text}: {text}")

    def beside(self, write: Callable[[], object]) -> None:
        self.progress.stop()  # stdout is not rich's, and may be the same terminal
        write()
        self.progress.start()


@contextmanager
def steps() -> Iterator[Steps]:
    """Show steps for the block: in one line of a terminal where rich is installed."""
    console = current()
    if console.quiet or sys.stderr is None or not sys.stderr.isatty():
        yield Steps()
        return
    try:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    except ImportError:
        yield Steps()
        return
    face = console.face(sys.stderr)
    rich = Console(file=sys.stderr, width=face.columns, no_color=not face.colour)
    columns = SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}", markup=False)
    with Progress(*columns, console=rich, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        yield _Line(progress)
