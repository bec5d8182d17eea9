"""``pyo3-features probe``: the lowest stable-ABI floor at which the project compiles and imports."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from ..author.probe import Found, Tried, probe, record
from ..author.sources import toml_edit
from ..errors import NAME, say
from ..facts.project import FILE
from ..model.version import python_text
from .common import json_option

DESCRIPTION = "Find the lowest Python whose stable ABI the code keeps to, by compiling and importing it."
EXAMPLE = "pyo3-features probe --write"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the verb."""
    parser.add_argument("--python", metavar="EXE", help="the interpreter that imports the module (default: this one)")
    parser.add_argument("--write", action="store_true", help="record the floor in pyproject.toml")
    parser.add_argument(
        "--target-dir", type=Path, metavar="DIR", help="compile there and keep it (default: a temporary folder)"
    )
    json_option(parser)


def run(options: argparse.Namespace) -> int:
    """Probe, print, write; 1 where there is no floor."""
    root = Path(options.directory).resolve()
    for name in ("SIGTERM", "SIGHUP"):  # as Ctrl-C: what was begun is cleaned up
        if number := getattr(signal, name, None):
            signal.signal(number, _stop)
    if options.write:
        toml_edit.needed()  # not after minutes of compiling
    with _progress() as tell:
        found = probe(root, options.python, tell, options.target_dir and options.target_dir.resolve())
    written = record.write(root / FILE, found) if options.write else {}
    if options.json:
        print(json.dumps({**as_json(found), "written": written}, indent=2))
    else:
        _print(found, written)
    return 0 if found.floor else 1


def _stop(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def _progress() -> Iterator[Callable[[str], object]]:
    """What goes on, on stderr: one line that changes in a terminal, else a line each."""
    if sys.stderr.isatty():
        try:
            from rich.console import Console
        except ImportError:
            pass
        else:
            with Console(stderr=True).status("probe") as status:
                yield lambda text: status.update(text, spinner="dots")
            return
    yield lambda text: say(f"{NAME}: probe: {text}")


def as_json(found: Found) -> dict[str, Any]:
    """The documented JSON object."""
    return {
        "floor": found.floor and python_text(found.floor),
        "auto": found.auto and python_text(found.auto),
        "abi3_crate_features": list(found.crate_features),
        "tried": [_row(one) for one in found.tried],
        "abi3t": found.abi3t and _row(found.abi3t),
        "notes": list(found.notes),
        "inconclusive": found.inconclusive,
    }


def _row(one: Tried) -> dict[str, Any]:
    file, line = (one.failure and one.failure.place) or (None, None)
    return {
        "floor": python_text(one.floor),
        "crate_features": list(one.crate_features),
        "compiles": one.compiles,
        "imports": one.imports,
        "error": one.failure and one.failure.message,
        "file": file,
        "line": line,
        "note": one.note or None,
        "seconds": round(one.seconds, 1),
    }


def _line(one: Tried, family: str = "") -> str:
    name = family + python_text(one.floor) + "".join(f" with {feature}" for feature in one.crate_features)
    if not one.compiles:
        place = one.failure and one.failure.place
        return f"  {name:<5} fails{f' at {place}' if place else ''}: {one.failure and one.failure.message}"
    if one.imports is False:
        return f"  {name:<5} compiles, but does not count: {one.failure and one.failure.message}"
    if one.imports:
        return f"  {name:<5} compiles, and imports on {one.note}"
    return f"  {name:<5} compiles; {one.note}"


def _settings(values: dict[str, toml_edit.Value]) -> str:
    return " and ".join(f"{key} = {json.dumps(value)}" for key, value in values.items())


def _print(found: Found, written: dict[str, toml_edit.Value]) -> None:
    facts = found.facts
    versions = dict.fromkeys(crate.pyo3.version for crate in facts.crates if crate and crate.pyo3)
    print(f"{facts.name}: PyO3 {', '.join(versions)}, requires-python {facts.requires_python or 'without a bound'}")
    for one in found.tried:
        print(_line(one))
    if found.abi3t:
        print(_line(found.abi3t, "abi3t "))
    for note in found.notes:
        print(f"  note: {note}")
    none = f"none; {found.inconclusive or 'the code does not keep to the limited API'}"
    print(f"floor: {python_text(found.floor) if found.floor else none}")
    if written:
        print(f"wrote {_settings(written)} to {FILE}")
    elif needed := record.changes(found):
        print(f"  help: set {_settings(needed)} in [tool.{NAME}]; `pyo3-features probe --write` does")
    elif not found.inconclusive:
        print("that is what builds do already: there is nothing to write")
    if found.abi3t and found.abi3t.compiles and found.abi3t.imports is not False:
        print(
            f'  help: abi3t = "{python_text(found.abi3t.floor)}" makes one wheel for free-threaded Pythons from there '
            "on; test it on one first"
        )
