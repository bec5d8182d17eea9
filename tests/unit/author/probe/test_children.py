"""Programs of the probe, and that none outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.probe.children import run
from pyo3_features_backend.errors import ToolchainError
from support.processes import ends, heeds_interrupts, number_in, runs

OURS = """
import os, sys, pathlib
from pyo3_features_backend.author.probe.children import run
run(["sh", "-c", "sleep 60 & echo $! > child; wait"], pathlib.Path.cwd(), os.environ)
"""


def test_the_output_and_the_status_are_kept_and_nothing_is_read_from_us(tmp_path: Path) -> None:
    result = run(["sh", "-c", "cat; pwd; echo $OURS >&2; exit 3"], tmp_path, {**os.environ, "OURS": "1"})
    assert (result.returncode, result.stdout, result.stderr) == (3, f"{tmp_path.resolve()}\n", "1\n")


def test_each_line_of_stderr_is_seen_as_it_comes_and_much_of_stdout_blocks_nothing(tmp_path: Path) -> None:
    seen: list[str] = []

    def watch(line: str) -> None:
        seen.append(line)
        (tmp_path / "seen").touch()

    script = "head -c 300000 /dev/zero | tr '\\0' x; echo one >&2; "
    script += "for n in $(seq 200); do [ -f seen ] && break; sleep 0.05; done; test -f seen && echo two >&2"
    result = run(["sh", "-c", script], tmp_path, os.environ, watch)
    assert seen == ["one\n", "two\n"]
    assert (len(result.stdout), result.stderr) == (300000, "one\ntwo\n")


def test_a_program_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="no-such-program is not installed"):
        run(["no-such-program"], tmp_path, os.environ)


@pytest.mark.skipif(os.name == "nt", reason="not run: POSIX signals")
def test_an_interrupt_ends_the_children_of_the_program_too(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OURS], cwd=tmp_path, stderr=subprocess.DEVNULL, preexec_fn=heeds_interrupts
    ) as process:
        child = number_in(tmp_path / "child")
        assert runs(child)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) != 0
    assert ends(child)
