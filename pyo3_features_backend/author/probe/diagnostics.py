"""The first error in cargo's output, with its place. Pure.

The messages are rustc's JSON ("JSON Output" in the rustc book) within cargo's ("External tools" in the Cargo book).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import Place
from ...facts.query import shown


class Failure(NamedTuple):
    """Why something did not compile, or not import: the first line of it, and where."""

    message: str
    place: Place | None = None

    @property
    def subject(self) -> str:
        """What it is about, in few words: ``pyo3::buffer``."""
        quoted = re.search(r"`([^`]{1,60})`", self.message)
        return quoted.group(1) if quoted else self.message[:60].rstrip()

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


def first_error(output: str, root: Path, workspace: Path) -> Failure | None:
    """The first compile error in cargo's JSON ``output``; rustc names files relative to ``workspace``, the result
    relative to ``root``. None if the compiler reports no error.
    """
    for row in output.splitlines():
        if not row.startswith("{"):
            continue
        report = json.loads(row)
        message = report.get("message")
        if report.get("reason") != "compiler-message" or message["level"] not in (
            "error",
            "error: internal compiler error",
        ):
            continue
        place = _place(message, root, workspace)
        crate = Path(report.get("manifest_path", "")).parent
        text = str(message["message"]).splitlines()[0]
        if place is None and not crate.is_relative_to(workspace):
            text = f"in the crate {crate.name}: {text}"
        return Failure(text, place)
    return None


def _place(message: dict[str, Any], root: Path, workspace: Path) -> Place | None:
    """The primary span; for an error in a macro's expansion, where the project's own code calls it."""
    for span in sorted(message["spans"], key=lambda span: not span["is_primary"]):
        spans = list(_expanded(span))
        files = [workspace / expanded["file_name"] for expanded in spans]
        at = next((at for at, file in enumerate(files) if file.is_relative_to(workspace) and file.is_file()), 0)
        file = files[at]
        return Place(shown(root, file), int(spans[at]["line_start"]))
    return None


def _expanded(span: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield span
    if span.get("expansion"):
        yield from _expanded(span["expansion"]["span"])


def build_script_error(stderr: str) -> Failure | None:
    """The error of a build script that failed, from cargo's ``stderr``; None if none failed."""
    match = re.search(r"failed to run custom build command for `([^`]+?)(?: \([^`]*)?`", stderr)
    if not match:
        return None
    lines = stderr[match.end() :].partition("--- stderr")[2].strip().splitlines()
    errors = [re.sub(r"^\s*error:?\s*", "", row) for row in lines if re.match(r"\s*error", row)] or lines
    return Failure(f"the build script of {match.group(1)} failed" + (f": {errors[0].strip()}" if errors else ""))


def printed_error(text: str) -> Failure | None:
    """The first error in what rustc prints for people; None if nothing there failed to compile."""
    if "could not compile" not in text:
        return None
    match = re.search(r"(?m)^error(?:\[E\d+\])?: (.+)$(?:\n *--> ([^\n:]+):(\d+))?", text)
    if not match:
        return None
    return Failure(match.group(1), Place(match.group(2), int(match.group(3))) if match.group(2) else None)


def activity(line: str) -> str | None:
    """What cargo is doing by a line that it prints for people: ``compiling pyo3 v0.30.1``; None for another line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
    match = re.match(r"\s*(Compiling|Checking|Downloading|Updating|Blocking) (.+)", plain)
    if not match:
        return None
    what = re.sub(r" \(.*\)$", "", match[2].strip())  # where the crate is
    return what if match[1] == "Blocking" else f"{match[1].lower()} {what}"
