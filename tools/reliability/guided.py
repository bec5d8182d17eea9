"""Inputs chosen by coverage, with atheris (libFuzzer), in a process of its own: it instruments what it imports.

    python tools/reliability/guided.py KIND SECONDS SEED FOLDER

That process writes a line of JSON for each failure into FOLDER/failures.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from .run import Tally

_DONE = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_RUNS = re.compile(r"^#(\d+)", re.MULTILINE)


def is_possible() -> bool:
    """Whether atheris is installed."""
    return importlib.util.find_spec("atheris") is not None


def fuzz(tally: Tally, seconds: int, seed: int) -> None:
    """Run atheris for one kind of input, and count what it saw."""
    from .run import Failure

    with tempfile.TemporaryDirectory(prefix="reliability-guided-") as name:
        folder = Path(name)
        command = [
            sys.executable,
            str(Path(__file__).parent / "guided.py"),
            tally.kind.name,
            str(seconds),
            str(seed),
            name,
        ]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20 * seconds + 120)
        done = _DONE.findall(result.stderr) or _RUNS.findall(result.stderr)
        if not done:
            raise RuntimeError(f"atheris did not run:\n{result.stderr[-2000:]}")
        tally.guided = int(done[-1])
        failures = folder / "failures"
        for row in failures.read_text(encoding="utf-8").splitlines() if failures.is_file() else ():
            what, data, detail = json.loads(row)
            tally.fail(Failure(tally.kind.name, what, bytes.fromhex(data), detail))


def _seeds(strategy: SearchStrategy[bytes], seed: int, folder: Path) -> None:
    """A few inputs as hypothesis makes them, to begin with."""
    import hypothesis

    made: list[bytes] = []
    settings = hypothesis.settings(
        max_examples=100,
        database=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    def keep(data: bytes) -> None:
        made.append(data)

    hypothesis.seed(seed)(settings(hypothesis.given(strategy)(keep)))()
    for number, data in enumerate(made):
        if len(data) < 4096:
            (folder / str(number)).write_bytes(data)


def main() -> None:
    """The process that fuzzes."""
    name, seconds, seed, where = sys.argv[1:]
    top = Path(__file__).parent.parent.parent
    sys.path[:] = [str(top), str(top / "tests"), str(top / "tools"), *sys.path[1:]]
    import atheris

    with atheris.instrument_imports(include=["pyo3_features_backend"]):
        from reliability import kinds, limits
    (kind,) = [kind for kind in kinds.KINDS if kind.name == name]
    corpus = Path(where, "corpus")
    corpus.mkdir()
    _seeds(kind.strategy(), int(seed), corpus)
    seen: dict[str, int] = {}

    def one(data: bytes) -> None:
        outcome = limits.attempt(kind.read, data)
        # Shorter inputs for the same failure only, or the file would not end.
        if outcome.failure and len(data) < seen.get(outcome.failure, 1 << 30):
            seen[outcome.failure] = len(data)
            with Path(where, "failures").open("a", encoding="utf-8") as file:
                file.write(json.dumps([outcome.failure, data.hex(), outcome.detail]) + "\n")

    # libFuzzer's own limits are off: the reader's are in limits.attempt, and its timer would replace ours.
    options = [f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=0", "-rss_limit_mb=0", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={where}{os.sep}", str(corpus)], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
