"""Whole builds through front ends, nothing or one line changed: maturin alone, with other cures, and this backend.

    python benchmarks/rebuilds.py [--rounds 3] [--sccache PROGRAM] [--only TEXT] [--write]

Needs `uv`, `build`, pip and the network (sdists of real projects and the front ends' environments). Each row builds
once with each variant to fill what can be filled, and then in turns, so that a noisy machine disturbs all alike;
printed are medians in seconds and their ratios. ``--write`` puts the table into docs/speed.md.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

TOP = Path(__file__).parent.parent
VARIANTS = ("maturin", "base python", "sccache", "ours")
MATURIN = '[build-system]\nrequires = ["maturin>=1.14,<2"]\nbuild-backend = "maturin"\n'
OURS = '[build-system]\nrequires = ["pyo3-features-backend[maturin]"]\nbuild-backend = "pyo3_features_backend"\n'


class Bench(NamedTuple):
    """Where the benchmark works, and the environment of each variant."""

    folder: Path
    environments: dict[str, dict[str, str]]

    def download(self, project: str, folder: Path) -> None:
        """The newest sdist of a project."""
        words = ["download", "-q", "--no-deps", "--no-binary", ":all:", "--no-build-isolation", "-d", str(folder)]
        subprocess.run([sys.executable, "-m", "pip", *words, project], check=True)

    def run(self, variant: str, words: list[str], cwd: Path, **more: str) -> float:
        """Seconds of a command. A failing command ends the benchmark with what it said."""
        started = time.perf_counter()
        env = {**self.environments[variant], **more}
        result = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
        taken = time.perf_counter() - started
        if result.returncode:
            sys.exit(f"{variant}: {' '.join(words)}\n{result.stderr}")
        return taken

    def tree(self, variant: str, project: str) -> Path:
        """The source tree of a project for a variant, as a repository of its author's."""
        folder = self.folder / variant.replace(" ", "-") / project
        if folder.is_dir():
            return folder
        if project == "hello":
            shutil.copytree(TOP / "examples" / "hello", folder, ignore=shutil.ignore_patterns("target"))
        else:
            archive = self.folder / f"{project}.tar.gz"
            if not archive.is_file():
                self.download(project, self.folder / "got")
                (found,) = (self.folder / "got").glob(f"{project.replace('-', '_')}*")
                found.rename(archive)
            unpacked = self.folder / "unpacked"
            shutil.rmtree(unpacked, ignore_errors=True)
            shutil.unpack_archive(archive, unpacked)
            (inside,) = unpacked.iterdir()
            (inside / "PKG-INFO").unlink()
            shutil.move(inside, folder)
        table = folder / "pyproject.toml"
        ours = r"^\[(build-system|tool\.pyo3-features-backend)\]\n(?:(?!\[).*\n)*"
        text = re.sub(ours, "", table.read_text(), flags=re.MULTILINE)
        if variant == "base python":
            text = text.replace("[tool.maturin]", "[tool.maturin]\nuse-base-python = true")
            if "[tool.maturin]" not in text:
                text += "\n[tool.maturin]\nuse-base-python = true\n"
        table.write_text((OURS if variant == "ours" else MATURIN) + text)
        (folder / ".gitignore").write_text("/target\n/dist\n")
        # cargo asks git which files are the package's: those of its author's repository.
        subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
        subprocess.run(["git", "add", "-A"], cwd=folder, check=True)
        return folder

    def forget(self, variant: str, project: str) -> None:
        """Nothing compiled any more, for a build from the very beginning."""
        shutil.rmtree(self.tree(variant, project) / "target", ignore_errors=True)
        shutil.rmtree(self.folder / "cache", ignore_errors=True)


def in_tree(bench: Bench, variant: str, project: str) -> float:
    tree = bench.tree(variant, project)
    return bench.run(variant, ["uv", "build", "-q", "--wheel"], tree)


def uv_build(bench: Bench, variant: str, project: str) -> float:
    tree = bench.tree(variant, project)
    return bench.run(variant, ["uv", "build", "-q"], tree)


def _pip(bench: Bench) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(bench.folder / "links")}


def build(bench: Bench, variant: str, project: str) -> float:
    tree = bench.tree(variant, project)
    return bench.run(variant, [sys.executable, "-m", "build"], tree, **_pip(bench))


def _sdist(bench: Bench, variant: str, project: str) -> Path:
    tree = bench.tree(variant, project)
    found = list((tree / "made").glob("*.tar.gz"))
    if not found:
        bench.run(variant, ["uv", "build", "-q", "--sdist", "-o", str(tree / "made")], tree)
        found = list((tree / "made").glob("*.tar.gz"))
    return found[0]


def pip_wheel(bench: Bench, variant: str, project: str) -> float:
    sdist = _sdist(bench, variant, project)
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-cache-dir", "-w", str(bench.folder / "w")]
    return bench.run(variant, [*words, str(sdist)], bench.folder, **_pip(bench))


def one_line(bench: Bench, variant: str, project: str) -> float:
    source = bench.tree(variant, project) / "src" / "lib.rs"
    source.write_text(f"{source.read_text()}\n// {time.time_ns()}\npub const CHANGED: u64 = {time.time_ns()};\n")
    text = re.sub(r"\n// \d+\npub const CHANGED: u64 = \d+;\n(?=.*CHANGED)", "", source.read_text(), flags=re.DOTALL)
    source.write_text(text)
    return uv_build(bench, variant, project)


def cold(bench: Bench, variant: str, project: str) -> float:
    bench.forget(variant, project)
    return uv_build(bench, variant, project)


def five(bench: Bench, variant: str, project: str) -> float:
    sdist = _sdist(bench, variant, project)
    shutil.rmtree(bench.folder / "cache", ignore_errors=True)
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {tuple(map(int, path.parts[-3].split("."))): str(path) for path in versions.glob("3.*.*/bin/python")}
    pythons = [found[version] for version in sorted(found) if version >= (3, 9)]
    taken = 0.0
    for python in pythons[:5]:
        words = ["uv", "build", "-q", "--wheel", "--python", python, "-o", str(bench.folder / "w"), str(sdist)]
        # Older Pythons take other releases of what is installed, so this row does ask the index.
        more = {"PYO3_FEATURES_BACKEND_ABI3": "off", "UV_NO_INDEX": "false"}
        taken += bench.run(variant, words, bench.folder, **more)
    return taken


class Row(NamedTuple):
    """One line of the table; the targets are least ratios, maturin alone and with sccache against ours."""

    title: str
    measure: Callable[[Bench, str, str], float]
    project: str
    variants: tuple[str, ...]
    alone: float | None
    sccache: float | None


ALL = ("hello", "rpds-py", "uuid-utils")
PAIR = ("maturin", "ours")
ROWS = [
    *(Row(f"`uv build --wheel`, in the tree: {one}", in_tree, one, VARIANTS, 10, 1.8) for one in ALL),
    *(Row(f"`uv build`, sdist then wheel: {one}", uv_build, one, VARIANTS, 10, 2.5) for one in ALL),
    *(Row(f"`python -m build`, sdist then wheel: {one}", build, one, VARIANTS, 4, 1.5) for one in ALL),
    Row("`pip wheel` of the sdist: rpds-py", pip_wheel, "rpds-py", PAIR, 6, None),
    *(Row(f"one line changed, `uv build`: {one}", one_line, one, PAIR, 6, None) for one in ALL[:2]),
    *(Row(f"first build ever: {one}", cold, one, PAIR, 0.97, None) for one in ALL[:2]),
    Row("five Pythons in a row, version-specific, one sdist: hello", five, "hello", PAIR, 1.6, None),
]


def measured(bench: Bench, row: Row, rounds: int) -> str:
    """One line of the table, in markdown."""
    variants = [one for one in row.variants if one in bench.environments]
    times: dict[str, list[float]] = {one: [] for one in variants}
    for variant in variants:
        row.measure(bench, variant, row.project)
    for _ in range(rounds):
        for variant in variants:
            times[variant].append(row.measure(bench, variant, row.project))
    median = {one: statistics.median(taken) for one, taken in times.items()}
    cells = [f"{median[one]:.2f}" if one in median else "" for one in VARIANTS]
    for other, least in (("maturin", row.alone), ("sccache", row.sccache)):
        if least is None or other not in median:
            cells.append("")
        else:
            cells.append(f"{median[other] / median['ours']:.2f} (≥ {least})")
    line = f"| {row.title} | {' | '.join(cells)} |"
    print(line, flush=True)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description="Whole builds against maturin's own.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sccache", metavar="PROGRAM", help="compare with it, too (cargo install sccache)")
    parser.add_argument("--only", default="", metavar="TEXT", help="rows with this in their title")
    parser.add_argument("--write", action="store_true", help="put the table into docs/speed.md")
    options = parser.parse_args()
    head = [
        "| seconds | maturin alone | use-base-python | with sccache | this backend | alone : ours | sccache : ours |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(folder / "links"), str(TOP)]
        subprocess.run(build_words, check=True)
        links = str(folder / "links")
        # What the builds install is there before: an index and the way to it are no part of the comparison.
        needed = ["maturin>=1.14,<2", "packaging", "platformdirs"]
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", links, *needed], check=True)
        base = {
            **os.environ,
            "UV_CACHE_DIR": str(folder / "uv"),
            "UV_FIND_LINKS": links,
            "UV_NO_INDEX": "1",
            "PYO3_FEATURES_BACKEND_CACHE_DIR": str(folder / "cache"),
            "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "on",
        }
        for name in ("CARGO_TARGET_DIR", "UV_NO_CACHE", "PIP_NO_CACHE_DIR", "PIP_FIND_LINKS", "CI"):
            base.pop(name, None)
        base.pop("PYTHONDONTWRITEBYTECODE", None)
        environments = {one: base for one in VARIANTS if one != "sccache"}
        if options.sccache:
            sccache = {"RUSTC_WRAPPER": str(Path(options.sccache).resolve()), "SCCACHE_DIR": str(folder / "sccache")}
            environments["sccache"] = {**base, **sccache}
            subprocess.run([options.sccache, "--start-server"], env=environments["sccache"], check=True)
        bench = Bench(folder, environments)
        try:
            print("\n".join(head), flush=True)
            lines = [measured(bench, row, options.rounds) for row in ROWS if options.only in row.title]
        finally:
            if options.sccache:
                subprocess.run([options.sccache, "--stop-server"], env=environments["sccache"], check=False)
    if options.write:
        page = TOP / "docs" / "speed.md"
        text = page.read_text(encoding="utf-8")
        before, _, rest = text.partition("<!-- table -->\n")
        _, _, after = rest.partition("<!-- end of table -->")
        table = "\n".join(head + lines)
        page.write_text(f"{before}<!-- table -->\n{table}\n<!-- end of table -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
