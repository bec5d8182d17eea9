"""What each hook costs through this backend against maturin's own hook, with nothing to compile.

    python benchmarks/hooks.py [--pairs 12] [PROJECT]

PROJECT defaults to examples/hello. Pairs are interleaved, so that a noisy machine disturbs both sides alike; printed
are medians, their difference and ratio, and the spread of the pairwise differences. `cargo metadata` and `rustc -vV`,
which this backend runs on top, are timed by themselves.
"""

from __future__ import annotations

import argparse
import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOOKS = (
    "get_requires_for_build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "build_wheel",
    "build_editable",
    "build_sdist",
)
OURS, THEIRS = "pyo3_features_backend", "maturin"


def timed(command: list[str], cwd: Path, env: dict[str, str]) -> float:
    """Seconds that ``command`` takes as a whole process. A failing command ends the benchmark."""
    started = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def hook(backend: str, name: str, out: Path) -> list[str]:
    """A process that calls one hook, as a front end would."""
    argument = "" if name.startswith("get_requires") else repr(str(out))
    return [sys.executable, "-c", f"import {backend} as b; b.{name}({argument})"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Hook times against maturin's own.")
    parser.add_argument("project", nargs="?", default=str(Path(__file__).parent.parent / "examples" / "hello"))
    parser.add_argument("--pairs", type=int, default=12)
    options = parser.parse_args()
    # As pip does at install; where PYTHONDONTWRITEBYTECODE is set, a checkout would be compiled at every import.
    compileall.compile_dir(str(Path(__file__).parent.parent / OURS), quiet=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ignore = shutil.ignore_patterns("target")
        project = Path(shutil.copytree(options.project, folder / "project", ignore=ignore))
        environments = {
            OURS: {
                **os.environ,
                "CARGO_TARGET_DIR": str(folder / OURS),
                "PYO3_FEATURES_BACKEND_VERIFY": "tags",  # the default; the example also imports
            },
            # The same features by hand, so that both sides make the same wheel.
            THEIRS: {
                **os.environ,
                "CARGO_TARGET_DIR": str(folder / THEIRS),
                "MATURIN_PEP517_ARGS": "--features pyo3/abi3-py39",
            },
        }
        print(f"medians of {options.pairs} interleaved pairs, milliseconds\n")
        print("| hook | maturin | ours | ours - maturin (quartiles) | ours / maturin |")
        print("|---|---|---|---|---|")
        for name in HOOKS:
            times: dict[str, list[float]] = {OURS: [], THEIRS: []}
            for backend in times:
                timed(hook(backend, name, folder), project, environments[backend])  # warm-up, compiles
            for _ in range(options.pairs):
                for backend, values in times.items():
                    values.append(1000 * timed(hook(backend, name, folder), project, environments[backend]))
            ours, theirs = (statistics.median(times[backend]) for backend in (OURS, THEIRS))
            low, middle, high = statistics.quantiles([a - b for a, b in zip(times[OURS], times[THEIRS])], n=4)
            print(
                f"| {name} | {theirs:.0f} | {ours:.0f} | {middle:+.0f} ({low:+.0f} to {high:+.0f}) "
                f"| {ours / theirs:.2f} |"
            )
        for command in (["cargo", "metadata", "--format-version", "1"], ["rustc", "-vV"]):
            values = [1000 * timed(command, project, dict(os.environ)) for _ in range(options.pairs)]
            print(f"\n{' '.join(command[:2])}: median {statistics.median(values):.0f} ms", end="")
        print("\n\nslowest imports of get_requires_for_build_wheel (own microseconds | cumulative | module):")
        result = subprocess.run(
            [sys.executable, "-X", "importtime", *hook(OURS, HOOKS[0], folder)[1:]],
            cwd=project,
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [
            row.removeprefix("import time:") for row in result.stderr.splitlines() if row.startswith("import time:")
        ]
        for row in sorted(rows[1:], key=lambda row: -int(row.split("|")[1]))[:25]:
            print(row)


if __name__ == "__main__":
    main()
