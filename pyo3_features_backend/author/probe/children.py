"""Runs the programs that the probe needs, and ends them when it ends."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from ...errors import ToolchainError, detail
from ...facts import threads

_GRACE = 3  # seconds between asking a group of processes to end and ending it


def run(
    command: Sequence[str], cwd: Path, env: Mapping[str, str], watch: Callable[[str], object] = lambda line: None
) -> subprocess.CompletedProcess[str]:
    """Run ``command`` to its end; its output is kept. Whatever is raised meanwhile, its whole process group ends.

    ``watch`` gets each line of stderr as it comes.

    It has a process group: cargo's children get no signal when only this process gets one.
    Raises :class:`ToolchainError` if there is no such program.
    """
    detail("running: " + " ".join(shlex.join(command).split()))
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=os.name == "posix",
        )
    except FileNotFoundError:
        raise ToolchainError(f"{command[0]} is not installed", hint="install Rust: https://rustup.rs") from None
    printed: list[str] = []
    reader = threading.Thread(target=lambda: printed.append(_read(process.stdout)), daemon=True)
    try:
        threads.start(reader)
        stderr = []
        for line in process.stderr or ():
            stderr.append(line)
            watch(line)
        reader.join()
    except BaseException:
        _end(process)
        raise
    with process:  # closes the pipes, and waits
        pass
    return subprocess.CompletedProcess(list(command), process.returncode, "".join(printed), "".join(stderr))


def _read(stream: IO[str] | None) -> str:
    return stream.read() if stream else ""


def _end(process: subprocess.Popen[str]) -> None:
    if os.name != "posix":
        subprocess.run(["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False)
        process.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):  # cargo ends at once; SIGKILL is for what lingers in the group
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
