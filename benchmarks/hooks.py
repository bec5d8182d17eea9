"""What each hook costs through this backend against maturin's own hook, with nothing to compile.

    python benchmarks/hooks.py [--pairs 12] [--beside N] [--targets] [PROJECT]

PROJECT defaults to examples/hello. This checkout and maturin are installed in an environment of their own first, which
takes pip and the network. Pairs are interleaved, so that a noisy machine disturbs both sides alike; printed are the
medians of the wall clock and of the CPU time of a hook with all the processes that it starts, and the median of the
pairwise differences with their quartiles. `cargo metadata` and `rustc -vV`, which this backend runs on top, are timed
by themselves.

``--beside N`` measures one hook, build_wheel, in two copies of the project: one has N small files and a sparse file of
2 GB beside the crate, which git ignores. ``--targets`` shows what we ask of build_wheel.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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
TOP = Path(__file__).parent.parent
OURS, THEIRS = "pyo3_features_backend", "maturin"
# What build_wheel may cost over maturin's own, in milliseconds.
WALL, CPU = 75, 100


class Cost(NamedTuple):
    """Milliseconds by the clock, and of all processors."""

    wall: float
    cpu: float


class Hooks(NamedTuple):
    """Where the hooks run."""

    python: str
    folder: Path

    def command(self, backend: str, name: str) -> list[str]:
        """A process that calls one hook, as a front end would."""
        argument = "" if name.startswith("get_requires") else repr(str(self.folder))
        return [self.python, "-c", f"import {backend} as b; b.{name}({argument})"]

    def environment(self, backend: str, project: Path) -> dict[str, str]:
        """Both sides make the same wheel, each in a target folder of its own."""
        common = {
            **os.environ,
            # maturin's hooks look for the program of that name.
            "PATH": os.pathsep.join([str(Path(self.python).parent), os.environ["PATH"]]),
            "CARGO_TARGET_DIR": str(self.folder / "targets" / project.name / backend),
        }
        if backend == OURS:
            return {**common, "PYO3_FEATURES_BACKEND_VERIFY": "tags"}  # the default; the example also imports
        return {**common, "MATURIN_PEP517_ARGS": "--features pyo3/abi3-py39"}

    def cost(self, backend: str, name: str, project: Path) -> Cost:
        return cost(self.command(backend, name), project, self.environment(backend, project))


def cost(command: list[str], cwd: Path, env: Mapping[str, str] | None = None) -> Cost:
    """What ``command`` takes as a whole process, with what it starts. A failing command ends the benchmark."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    result = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\n{result.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(1000 * taken, 1000 * cpu)


def cells(one: list[float], other: list[float]) -> str:
    """Two medians and the differences within pairs, as cells of a table."""
    low, middle, high = statistics.quantiles([b - a for a, b in zip(one, other)], n=4)
    medians = f"{statistics.median(one):.0f} | {statistics.median(other):.0f}"
    return f"{medians} | {middle:+.0f} ({low:+.0f} to {high:+.0f})"


def compared(one: list[Cost], other: list[Cost]) -> str:
    """The cells for the clock and those for the processors."""
    return " | ".join(cells([cost[which] for cost in one], [cost[which] for cost in other]) for which in (0, 1))


def head(title: str, one: str, other: str) -> None:
    columns = [f"{name}, {what}" for what in ("wall", "CPU") for name in (one, other, "difference (quartiles)")]
    print(f"\n| {title} | {' | '.join(columns)} |\n|{'---|' * 7}")


def table(hooks: Hooks, project: Path, pairs: int) -> dict[str, list[Cost]]:
    """Prints each hook's line; what build_wheel took."""
    wheel: dict[str, list[Cost]] = {}
    head("hook", "maturin", "ours")
    for name in HOOKS:
        costs: dict[str, list[Cost]] = {OURS: [], THEIRS: []}
        for backend in costs:
            hooks.cost(backend, name, project)  # warm-up, compiles
        for _ in range(pairs):
            for backend, values in costs.items():
                values.append(hooks.cost(backend, name, project))
        print(f"| {name} | {compared(costs[THEIRS], costs[OURS])} |", flush=True)
        if name == "build_wheel":
            wheel = costs
    return wheel


def targets(wheel: Mapping[str, list[Cost]]) -> None:
    pairs = list(zip(wheel[THEIRS], wheel[OURS]))
    wall, cpu = (statistics.median(ours[which] - theirs[which] for theirs, ours in pairs) for which in (0, 1))
    print(f"\nbuild_wheel over maturin's: {wall:+.0f} ms wall (at most {WALL}), {cpu:+.0f} ms CPU (at most {CPU})")


def beside(hooks: Hooks, project: Path, count: int, pairs: int) -> None:
    """Prints what build_wheel takes with and without files beside the crate that are none of its business."""
    full = hooks.folder / "full"
    shutil.copytree(project, full, symlinks=True)
    for number in range(count):
        folder = full / "beside" / str(number // 1000)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.txt").write_text(f"{number}\n")
    with (full / "beside" / "sparse").open("wb") as sparse:
        sparse.truncate(2 << 30)
    head(f"build_wheel with {count} files and 2 GB beside the crate", "without", "with")
    for backend in (THEIRS, OURS):
        costs: dict[Path, list[Cost]] = {project: [], full: []}
        for where in costs:
            hooks.cost(backend, "build_wheel", where)
        for _ in range(pairs):
            for where, values in costs.items():
                values.append(hooks.cost(backend, "build_wheel", where))
        print(f"| {'ours' if backend == OURS else backend} | {compared(costs[project], costs[full])} |", flush=True)


def on_top(hooks: Hooks, project: Path, pairs: int) -> None:
    """Prints what belongs to our side alone: the two questions, and the imports."""
    for command in (["cargo", "metadata", "--format-version", "1"], ["rustc", "-vV"]):
        costs = [cost(command, project) for _ in range(pairs)]
        wall, cpu = (statistics.median(one[which] for one in costs) for which in (0, 1))
        print(f"\n{' '.join(command[:2])}: median {wall:.0f} ms, {cpu:.0f} ms CPU", end="")
    print("\n\nslowest imports of get_requires_for_build_wheel (own microseconds | cumulative | module):")
    python, *words = hooks.command(OURS, HOOKS[0])
    command = [python, "-X", "importtime", *words]
    result = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    rows = [row.removeprefix("import time:") for row in result.stderr.splitlines() if row.startswith("import time:")]
    for row in sorted(rows[1:], key=lambda row: -int(row.split("|")[1]))[:25]:
        print(row)


def prepare(folder: Path, origin: str) -> tuple[Hooks, Path]:
    """An environment with both backends, and a copy of the project as its author's repository."""
    venv.create(folder / "environment", with_pip=True, symlinks=True)
    python = str(folder / "environment" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", f"{TOP}[maturin]"], check=True)
    project = folder / "project"
    shutil.copytree(origin, project, ignore=shutil.ignore_patterns("target", ".git"))
    with (project / ".gitignore").open("a") as ignored:
        ignored.write("\n/target\n/beside\n")
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    subprocess.run(["git", "add", "-A"], cwd=project, check=True)
    return Hooks(python, folder), project


def main() -> None:
    parser = argparse.ArgumentParser(description="Hook times against maturin's own.")
    parser.add_argument("project", nargs="?", default=str(TOP / "examples" / "hello"))
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--beside", type=int, metavar="N", help="build_wheel only, with and without N files and 2 GB")
    parser.add_argument("--targets", action="store_true", help="show what we ask of build_wheel")
    options = parser.parse_args()
    if options.pairs < 2:
        parser.error("--pairs takes at least 2")
    with tempfile.TemporaryDirectory() as name:
        hooks, project = prepare(Path(name), options.project)
        print(f"medians of {options.pairs} interleaved pairs, milliseconds")
        if options.beside:
            beside(hooks, project, options.beside, options.pairs)
            return
        wheel = table(hooks, project, options.pairs)
        if options.targets:
            targets(wheel)
        on_top(hooks, project, options.pairs)


if __name__ == "__main__":
    main()
