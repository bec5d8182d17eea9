"""One line of Rust edited, then an import: this backend, maturin develop, maturin_import_hook, and cargo alone.

    python benchmarks/imports.py [--rounds 7] [--write]

Needs pip, cargo and, before anything is measured, the network. Each variant has a tree, an environment and a target
folder of its own, compiles with the release profile, and is measured in turns with the others, so that a noisy machine
disturbs all alike. Printed are medians in seconds. "cargo alone" is the call of cargo that the import makes, without
Python: what no import can be quicker than. ``--write`` puts the table into docs/editable.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from workbench import TOP, write_table

MARK = "// the changed line\n"
IMPORT = "import hello_pyo3"
HOOK = (
    "import maturin_import_hook as hook\nfrom maturin_import_hook.settings import MaturinSettings\n"
    "hook.install(settings=MaturinSettings(release=True))\n"
)
MATURIN = '[build-system]\nrequires = ["maturin>=1.14,<2"]\nbuild-backend = "maturin"\n'
OURS = '[build-system]\nrequires = ["pyo3-features-backend[maturin]"]\nbuild-backend = "pyo3_features_backend"\n'
PROJECT = '[project]\nname = "hello-pyo3"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n'
TABLE = '[tool.pyo3-features-backend]\neditable-rebuild = true\nabi3 = "off"\n'
UNWANTED = ("CARGO_", "MATURIN_", "PYO3_", "PIP_", "UV_", "VIRTUAL", "PYTHON", "RUSTC_W", "RUSTFLAGS")
MANY = 400
VARIANTS = ("cargo alone", "this backend", "maturin develop", "maturin_import_hook")


class Place(NamedTuple):
    """The tree and the environment of a variant."""

    tree: Path
    environment: Path

    @property
    def python(self) -> str:
        return str(self.environment / "bin" / "python")

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
        path = os.pathsep.join([str(self.environment / "bin"), os.environ["PATH"]])
        return {**kept, "PATH": path, "VIRTUAL_ENV": str(self.environment)}

    def run(self, words: list[str], more: Mapping[str, str] | None = None) -> float:
        """Seconds of a command; a failing one ends the benchmark with what it said."""
        environ = {**self.environ, **(more or {})}
        started = time.perf_counter()
        result = subprocess.run(words, cwd=self.tree, env=environ, capture_output=True, text=True, check=False)
        taken = time.perf_counter() - started
        if result.returncode:
            sys.exit(f"{' '.join(words)}\n{result.stdout}\n{result.stderr}")
        return taken

    def edit(self) -> None:
        source = self.tree / "src" / "lib.rs"
        text, _, _ = source.read_text().partition(MARK)
        source.write_text(f"{text}{MARK}pub const CHANGED: u64 = {time.time_ns()};\n")

    def grow(self) -> None:
        """Give the crate many more source files."""
        source = self.tree / "src" / "lib.rs"
        for number in range(MANY):
            source.with_name(f"many{number}.rs").write_text(f"pub const NUMBER: u32 = {number};\n")
        modules = "".join(f"pub mod many{number};\n" for number in range(MANY))
        source.write_text(modules + source.read_text())


def cargo_alone(place: Place) -> float:
    """The call of cargo that the loader makes, by the data of the loader."""
    (data,) = place.environment.glob("lib/*/site-packages/_hello_pyo3_rebuild/*.json")
    module = json.loads(data.read_text())
    return place.run(["cargo", *module["arguments"]], module["env"])


def ours(place: Place) -> float:
    return place.run([place.python, "-c", IMPORT])


def maturin_develop(place: Place) -> float:
    return place.run(["maturin", "develop", "--release", "-q"]) + place.run([place.python, "-c", IMPORT])


def import_hook(place: Place) -> float:
    return place.run([place.python, "-c", HOOK + IMPORT])


MEASURES: dict[str, Callable[[Place], float]] = dict(zip(VARIANTS, (cargo_alone, ours, maturin_develop, import_hook)))


def prepare(folder: Path, variant: str) -> Place:
    """A tree and an environment in which the variant is installed."""
    place = Place(folder / variant / "hello", folder / variant / "environment")
    shutil.copytree(TOP / "examples" / "hello", place.tree, ignore=shutil.ignore_patterns("target", "*.so"))
    own = variant in VARIANTS[:2]
    (place.tree / "pyproject.toml").write_text((OURS + PROJECT + TABLE) if own else MATURIN + PROJECT)
    venv.create(place.environment, with_pip=True, symlinks=True)
    pip = [place.python, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    if own:  # what builds it is not there any more when it is imported
        place.run([*pip, f"{TOP}[maturin]"])
        place.run([*pip, "--no-build-isolation", "--no-deps", "-e", "."])
        place.run([*pip[:-1], "uninstall", "-y", "pyo3-features-backend", "maturin"])
    else:
        place.run([*pip, "maturin>=1.14,<2", "maturin_import_hook"])
        place.run(["maturin", "develop", "--release", "-q"])
    return place


def measured(places: Mapping[str, Place], rounds: int, *, edited: bool) -> dict[str, float]:
    times: dict[str, list[float]] = {variant: [] for variant in places}
    for number in range(rounds + 1):
        for variant, place in places.items():
            if edited:
                place.edit()
            taken = MEASURES[variant](place)
            if number:  # the first round fills caches
                times[variant].append(taken)
    return {variant: statistics.median(taken) for variant, taken in times.items()}


def look(place: Place, rounds: int) -> float:
    """Milliseconds that an import takes longer than with the loader turned off: median of pairs."""
    off = {"PYO3_FEATURES_BACKEND_EDITABLE_REBUILD": "false"}
    pairs = [(ours(place), place.run([place.python, "-c", IMPORT], off)) for _ in range(rounds)]
    return 1000 * statistics.median(on - without for on, without in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description="An import after an edit, against other tools.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="put the table into docs/editable.md")
    options = parser.parse_args()
    lines = [f"| seconds | {' | '.join(VARIANTS)} |", "|---|---|---|---|---|"]
    with tempfile.TemporaryDirectory() as name:
        places = {variant: prepare(Path(name), variant) for variant in VARIANTS}
        plain = places["this backend"]
        looked = []
        for title, edited in (
            ("one line edited", True),
            ("nothing changed", False),
            (f"{MANY} more files, nothing changed", False),
        ):
            if title.startswith(str(MANY)):
                for place in places.values():
                    place.grow()
            median = measured(places, options.rounds, edited=edited)
            lines.append(f"| {title} | {' | '.join(f'{median[variant]:.2f}' for variant in VARIANTS)} |")
            if not edited:
                looked.append(f"{title}: {look(plain, 4 * options.rounds):.1f} ms")
        print("\n".join(lines))
        print("\nof an import with nothing changed, the look at the sources: " + ", ".join(looked))
    if options.write:
        write_table(TOP / "docs" / "editable.md", lines)


if __name__ == "__main__":
    main()
