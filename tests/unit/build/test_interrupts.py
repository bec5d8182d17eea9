"""Signals during a build, in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.facts import toolchain
from support.processes import ends, heeds_interrupts, number_in, runs

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="not run: POSIX signals")

BUILD = """
import pathlib, signal, subprocess, sys
from pyo3_features_backend.build.interrupts import interruptible
from pyo3_features_backend.errors import Stopped
{before}
with interruptible():
    try:
        subprocess.Popen(["sh", "-c", "sleep 60 & echo $! > started; wait"]).wait()
    except {caught}:
        pathlib.Path("closed").touch()
        raise
"""


def start(folder: Path, before: str = "", caught: str = "Stopped") -> tuple[subprocess.Popen[bytes], int]:
    """A build with a child and a grandchild: (the build, the grandchild's id)."""
    code = BUILD.format(before=before, caught=caught)
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, stderr=subprocess.DEVNULL, preexec_fn=heeds_interrupts
    )
    return process, number_in(folder / "started")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_ends_all_children_closes_what_is_open_and_is_the_exit_status(name: str, tmp_path: Path) -> None:
    number = signal.Signals[name]
    process, grandchild = start(tmp_path, f"signal.signal(signal.{name}, signal.SIG_DFL)")
    process.send_signal(number)
    assert process.wait(20) == -number
    assert ends(grandchild)
    assert (tmp_path / "closed").exists()


def test_sigint_is_a_keyboard_interrupt_after_the_children_have_ended(tmp_path: Path) -> None:
    process, grandchild = start(tmp_path, caught="KeyboardInterrupt")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    assert ends(grandchild)
    assert (tmp_path / "closed").exists()


def test_a_handler_of_the_front_end_stays(tmp_path: Path) -> None:
    process, grandchild = start(tmp_path, "signal.signal(signal.SIGTERM, lambda *_: sys.exit(9))", "SystemExit")
    process.terminate()
    assert process.wait(20) == 9
    assert (tmp_path / "closed").exists()
    assert runs(grandchild)
    os.kill(grandchild, signal.SIGKILL)


@pytest.mark.parametrize("second", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_second_signal_at_once_does_not_disturb_the_cleaning(second: str, tmp_path: Path) -> None:
    code = BUILD.format(before="import time", caught="Stopped").replace(
        'pathlib.Path("closed").touch()',
        'pathlib.Path("cleaning").touch(); time.sleep(0.3); pathlib.Path("closed").touch()',
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, preexec_fn=heeds_interrupts)
    number_in(tmp_path / "started")
    process.terminate()
    while not (tmp_path / "cleaning").exists():
        assert process.poll() is None
    process.send_signal(signal.Signals[second])
    assert process.wait(20) == -signal.SIGTERM
    assert (tmp_path / "closed").exists()


COPIED = ("with interruptible():", "with interruptible(), kept():")
ASKED = (
    """subprocess.Popen(["sh", "-c", "sleep 60 & echo $! > started; wait"]).wait()""",
    """ask(["sh", "-c", "sleep 60 & echo $! > started; wait"], pathlib.Path.cwd()).answer()""",
)


@pytest.mark.parametrize("waiting", [COPIED, ASKED], ids=["copied", "asked"])
@pytest.mark.parametrize("time", range(4))
def test_two_signals_at_once_end_a_build_that_has_a_thread(time: int, waiting: tuple[str, str], tmp_path: Path) -> None:
    """The kernel can give one of them to the thread that copies the output, or reads that of ``cargo metadata``."""
    imports = "from pyo3_features_backend.build.compiler_output import kept\n"
    imports += "from pyo3_features_backend.facts.toolchain import ask"
    assert waiting[0] in BUILD
    code = BUILD.format(before=imports, caught="Stopped").replace(*waiting)
    process = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, preexec_fn=heeds_interrupts)
    grandchild = number_in(tmp_path / "started")
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    assert process.wait(toolchain.PATIENCE * 2 / 3) in (-signal.SIGTERM, -signal.SIGHUP)  # not at the next message
    assert ends(grandchild)
    assert (tmp_path / "closed").exists()
