"""``pyo3-features probe``: the lowest stable-ABI floor at which the project compiles and imports."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

from ..author.edits import toml_edit
from ..author.probe import Attempt, ProbeResult, Progress, probe, record
from ..build.gather import Facts
from ..errors import NAME, say
from ..facts.project import FILE
from ..model.version import python_text
from ..model.words import Abi
from .common import json_option
from .console import current
from .console.progress import Steps, steps

DESCRIPTION = (
    "Find the floor, the lowest Python that a stable-ABI wheel can support: compile the code and import it, "
    "for one Python after the other."
)
EXAMPLE = "pyo3-features probe --write"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument(
        "--python", metavar="EXE", help="the Python that imports the module (default: the one that runs this command)"
    )
    parser.add_argument("--write", action="store_true", help="record the floor in pyproject.toml")
    parser.add_argument(
        "--target-dir", type=Path, metavar="DIR", help="compile there and keep it (default: a temporary folder)"
    )
    json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Probe, print, write; 1 if there is no floor."""
    root = Path(options.directory).resolve()
    for name in ("SIGTERM", "SIGHUP"):  # as with Ctrl-C: the probe cleans up
        if number := getattr(signal, name, None):
            signal.signal(number, _stop)
    if options.write:
        toml_edit.needed()  # raised now, not after minutes of compiling
    with steps() as shown:
        progress = _Progress(shown, options.json)
        result = probe(root, options.python, progress, options.target_dir and options.target_dir.resolve())
    written = record.write(root / FILE, result) if options.write else {}
    if options.json:
        print(json.dumps({**as_json(result), "written": written}, indent=2))
    else:
        _print_end(result, written)
    return 0 if result.floor else 1


def _stop(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


class _Progress(Progress):
    """Shows the steps, and each floor as soon as it is tried: with ``--json`` that is on stderr."""

    def __init__(self, shown: Steps, json: bool) -> None:
        self.shown, self.json = shown, json

    def started(self, facts: Facts, floors: int) -> None:
        if not self.json:
            self.shown.beside(lambda: _print_start(facts))

    def step(self, text: str) -> None:
        self.shown.step(f"probe: {text}")

    def compiling(self, text: str) -> None:
        self.shown.doing(text)

    def ended(self, attempt: Attempt, family: Abi) -> None:
        line = _line(attempt, "" if family == Abi.ABI3 else f"{family} ")
        seconds = f" ({attempt.seconds:.0f} s)"
        if self.json:
            self.shown.beside(lambda: say(line + seconds))
        else:
            self.shown.beside(lambda: _print_line(line, seconds, attempt))


def as_json(result: ProbeResult) -> dict[str, Any]:
    """The documented JSON object."""
    return {
        "floor": result.floor and python_text(result.floor),
        "auto": result.auto and python_text(result.auto),
        "abi3_crate_features": list(result.crate_features),
        "tried": [_row(attempt) for attempt in result.tried],
        "abi3t": result.abi3t and _row(result.abi3t),
        "notes": list(result.notes),
        "inconclusive": result.inconclusive,
    }


def _row(attempt: Attempt) -> dict[str, Any]:
    file, line = (attempt.failure and attempt.failure.place) or (None, None)
    return {
        "floor": python_text(attempt.floor),
        "crate_features": list(attempt.crate_features),
        "compiles": attempt.compiles,
        "imports": attempt.imports,
        "error": attempt.failure and attempt.failure.message,
        "file": file,
        "line": line,
        "note": attempt.note or None,
        "seconds": round(attempt.seconds, 1),
    }


def _line(attempt: Attempt, family: str = "") -> str:
    name = family + python_text(attempt.floor) + "".join(f" with {feature}" for feature in attempt.crate_features)
    if not attempt.compiles:
        place = attempt.failure and attempt.failure.place
        return f"  {name:<5} fails{f' at {place}' if place else ''}: {attempt.failure and attempt.failure.message}"
    if attempt.imports is False:
        return f"  {name:<5} compiles, but does not count: {attempt.failure and attempt.failure.message}"
    if attempt.imports:
        return f"  {name:<5} compiles, and imports on {attempt.note}"
    return f"  {name:<5} compiles; {attempt.note}"


def _settings(values: dict[str, toml_edit.Value]) -> str:
    return " and ".join(f"{key} = {_in_toml(value)}" for key, value in values.items())


def _in_toml(value: toml_edit.Value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {json.dumps(each)}" for name, each in value.items()) + " }"
    return json.dumps(value)


def _print_start(facts: Facts) -> None:
    versions = dict.fromkeys(crate.pyo3.version for crate in facts.crates if crate and crate.pyo3)
    bound = facts.requires_python or "without a bound"
    current().line(f"{facts.name}: PyO3 {', '.join(versions)}, requires-python {bound}", "strong")
    sys.stdout.flush()


def _print_line(line: str, seconds: str, attempt: Attempt) -> None:
    """Print the line of a floor; a terminal gets the time, which is another one in each probe."""
    console = current()
    counts = attempt.compiles and attempt.imports is not False
    timed = seconds if console.face(sys.stdout).columns else ""
    console.line(line + timed, "good" if counts else "", hang=8)
    sys.stdout.flush()  # the next one may take minutes


def _print_end(result: ProbeResult, written: dict[str, toml_edit.Value]) -> None:
    console = current()
    for note in result.notes:
        console.line(f"  note: {note}", label="  note:", hang=8)
    none = f"none; {result.inconclusive or 'the code needs more than the limited API'}"
    console.line(f"floor: {python_text(result.floor) if result.floor else none}", "strong")
    if written:
        console.line(f"wrote {_settings(written)} to {FILE}")
    elif needed := record.changes(result):
        _help(f"set {_settings(needed)} in [tool.{NAME}]; `pyo3-features probe --write` does that")
    elif not result.inconclusive:
        used = "builds use this floor already"
        if not result.floor:
            used = 'builds have abi3 = "off" already'
        elif isinstance(result.facts.project.tool(NAME).get("abi3"), dict):
            used = "the floor beside `native` is one at which it compiles"
        console.line(f"{used}: there is nothing to write")
    if result.abi3t and result.abi3t.compiles and result.abi3t.imports is not False:
        floor = python_text(result.abi3t.floor)
        _help(f'abi3t = "{floor}" makes one wheel for free-threaded Pythons from there on; test it on one first')


def _help(text: str) -> None:
    current().line(f"  help: {text}", label="  help:", hang=8)
