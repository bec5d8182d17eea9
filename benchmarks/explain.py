"""What `pyo3-features explain` costs, and how much of that is its own.

    python benchmarks/explain.py [--turns 30] [--verb "explain --json"] [--limit 150] [PROJECT]

PROJECT defaults to examples/hello. cargo and rustc work while the command does, so their time cannot be subtracted.
Instead the command is also run with a cargo and a rustc that give the recorded answer at once: what that takes is its
own time. In each turn everything runs once, so that a noisy machine disturbs all alike. The exit status is 1 if the
median of its own time is above the limit.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOOLS = ("cargo", "rustc")


def timed(command: list[str], cwd: Path, env: Mapping[str, str]) -> float:
    """Milliseconds that ``command`` takes as a whole process. A failing command ends the benchmark."""
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - started)


def script(folder: Path, name: str, text: str) -> None:
    """An executable shell script."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    (folder / name).chmod(0o755)


def calls(command: list[str], project: Path, folder: Path) -> dict[str, list[list[str]]]:
    """How the command calls each tool, in order."""
    found: dict[str, list[list[str]]] = {}
    for name in TOOLS:
        log = folder / f"{name}.log"
        log.touch()
        # cargo calls rustc by another name, so what is written down is the command's own.
        script(folder / "spies", name, f'printf "%s\\n" "$*" >> "{log}"\nexec "{shutil.which(name)}" "$@"')
    path = f"{folder / 'spies'}{os.pathsep}{os.environ['PATH']}"
    timed(command, project, {**os.environ, "PATH": path, "RUSTC": str(shutil.which("rustc"))})
    for name in TOOLS:
        rows = (folder / f"{name}.log").read_text(encoding="utf-8").splitlines()
        found[name] = [shlex.split(row) for row in dict.fromkeys(rows)]
    return found


def record(found: Mapping[str, list[list[str]]], project: Path, folder: Path) -> None:
    """Tools in ``folder/recorded`` that answer these calls from a file."""
    for name, lists in found.items():
        cases = []
        for number, words in enumerate(lists):
            answer = folder / f"{name}-{number}.out"
            answer.write_bytes(subprocess.run([name, *words], cwd=project, capture_output=True, check=True).stdout)
            cases.append(f'"{" ".join(words)}") exec cat "{answer}";;')
        script(folder / "recorded", name, 'case "$*" in\n' + "\n".join(cases) + "\n*) exit 3;; esac")


def main() -> int:
    parser = argparse.ArgumentParser(description="The time of a verb that builds nothing, and its own part in it.")
    parser.add_argument("project", nargs="?", default=str(ROOT / "examples" / "hello"))
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--verb", default="explain")
    parser.add_argument("--limit", type=float, default=150, help="milliseconds")
    options = parser.parse_args()
    if options.turns < 2:
        parser.error("--turns: at least 2, for there to be quartiles")
    # As pip does at install; where PYTHONDONTWRITEBYTECODE is set, a checkout would be compiled at every import.
    compileall.compile_dir(str(ROOT / "pyo3_features_backend"), quiet=1)
    python = [sys.executable, "-m", "pyo3_features_backend"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = Path(
            shutil.copytree(options.project, folder / "project", ignore=shutil.ignore_patterns("target", ".git"))
        )
        verb = [*python, *shlex.split(options.verb)]
        found = calls(verb, project, folder)
        record(found, project, folder)
        recorded = {**os.environ, "PATH": f"{folder / 'recorded'}{os.pathsep}{os.environ['PATH']}"}
        rows = {
            f"pyo3-features {options.verb}": (verb, dict(os.environ)),
            "the same, cargo and rustc answering at once: its own": (verb, recorded),
            "an empty Python": ([sys.executable, "-c", "pass"], dict(os.environ)),
            **{
                f"{tool} {words[0]}" + f" ({number})" * (number > 1): ([tool, *words], dict(os.environ))
                for tool, lists in found.items()
                for number, words in enumerate(lists, 1)
            },
        }
        times: dict[str, list[float]] = {row: [] for row in rows}
        for turn in range(options.turns + 1):
            for row, (command, env) in rows.items():
                taken = timed(command, project, env)
                if turn:  # the first warms up
                    times[row].append(taken)
    print(f"medians of {options.turns} turns, milliseconds\n")
    print("| | median | quartiles |")
    print("|---|---|---|")
    for row, values in times.items():
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"| {row} | {middle:.0f} | {low:.0f} to {high:.0f} |")
    own = statistics.median(list(times.values())[1])
    print(f"\nits own: {own:.0f} ms, of {options.limit:.0f} at most")
    return int(own > options.limit)


if __name__ == "__main__":
    raise SystemExit(main())
