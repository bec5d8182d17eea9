"""Runs cargo and rustc in the background, and only once if several decisions need the same answer."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from ..errors import NAME, ToolchainError, detail, say
from . import threads

T = TypeVar("T")

PATIENCE = 15.0  # seconds
_STEP = 0.1  # seconds; a signal that arrives just before a wait is handled after it


class Question:
    """A command that runs in the background. Raises :class:`ToolchainError` if it cannot be started.

    Nothing ends a command that takes long: cargo rightly waits for the lock of its package cache while another cargo
    runs ("Blocking waiting for file lock"), and for the network. :meth:`answer` says what it waits for instead.
    """

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.command = command
        environ = os.environ if env is None else env
        path = None if env is None else env.get("PATH", os.defpath)
        program = shutil.which(command[0], path=path)
        if program is None and command[0] == "cargo" and environ.get("CARGO"):  # which setuptools-rust calls
            program = shutil.which(environ["CARGO"], path=path)
        if program is None:
            raise ToolchainError(f"{command[0]} is not installed", hint="install Rust: https://rustup.rs")
        detail(f"running: {shlex.join(command)}")
        try:
            self.process = subprocess.Popen(
                command,
                executable=program,  # Python would go on to the next on PATH if this one cannot be executed
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except (OSError, ValueError) as error:
            raise _not_started(command, program, error) from None
        self.result: list[tuple[str, str]] = []
        # A thread reads the output while the command runs: cargo's answer does not fit into the pipe's buffer.
        self.reader = threading.Thread(target=lambda: self.result.append(self.process.communicate()))
        threads.start(self.reader)

    @property
    def shown(self) -> str:
        """The command in short, as messages show it: ``cargo metadata``."""
        return " ".join(self.command[:2])

    def answer(self) -> tuple[int, str, str]:
        """Wait for the command to end: (exit status, stdout, stderr)."""
        until = time.monotonic() + PATIENCE
        while self.reader.is_alive():
            if time.monotonic() >= until:
                say(f"{NAME}: still waiting for `{self.shown}` (process {self.process.pid}); try to run it by hand")
                until += 4 * PATIENCE
            self.reader.join(_STEP)
        return self.process.returncode, *self.result[0]

    def failure(self) -> str | None:
        """How a command that has ended failed, in words; None if it did not."""
        status = self.process.returncode
        if status >= 0:
            return f"ended with exit status {status}" if status else None
        try:
            return f"was ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"was ended by signal {-status}"


def _not_started(command: Sequence[str], program: str, error: Exception) -> ToolchainError:
    if isinstance(error, ValueError):  # "embedded null byte"
        return ToolchainError(
            f"`{' '.join(command[:2])}` cannot be called: an argument or a variable contains a NUL character",
            hint="remove it from the build arguments, or from [tool.maturin]",
        )
    reason = getattr(error, "strerror", None) or str(error)
    hint = f"see what `{program} --version` prints"
    return ToolchainError(f"{command[0]} cannot be executed: {reason}", hint=hint)


_memory: ContextVar[dict[Hashable, object]] = ContextVar("memory")


@contextmanager
def remembering() -> Iterator[None]:
    """In the block no command runs twice, and no answer is parsed twice: for one project and many Pythons."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def remembered(key: Hashable, make: Callable[[], T]) -> T:
    """The result of ``make``. In a :func:`remembering` block, ``make`` is called only once for each ``key``."""
    memory = _memory.get(None)
    if memory is None:
        return make()
    if key not in memory:
        memory[key] = make()
    value: T = memory[key]  # type: ignore[assignment]
    return value


def ask(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Question:
    """Start a command in the folder ``cwd``. ``env``, if not None, replaces the environment."""
    key = tuple(command), cwd, None if env is None else tuple(sorted(env.items()))
    return remembered(key, lambda: Question(command, cwd, env))


def message(stderr: str) -> str:
    """What a tool has said, without the backtrace that rustup adds where RUST_BACKTRACE is set."""
    return stderr.partition("\n\nStack backtrace:\n")[0].strip()


def ask_rustc(root: Path, env: Mapping[str, str] | None = None) -> Question:
    """Start ``rustc -vV`` in ``root``: rustup can choose another toolchain for each folder."""
    return ask(["rustc", "-vV"], root, env)


def rustc(question: Question) -> tuple[str, str]:
    """(release, host triple) in the answer to :func:`ask_rustc`. Raises :class:`ToolchainError`."""
    _, stdout, stderr = question.answer()
    facts = dict(row.split(": ", 1) for row in stdout.splitlines() if ": " in row)
    failure = question.failure()
    if failure or not facts.get("release", "")[:1].isdigit() or "host" not in facts:
        said = message(stderr)
        what = failure or ("printed no release and host" if stdout.strip() else "printed nothing")
        raise ToolchainError(
            f"rustc does not answer: `rustc -vV` {what}" + (f":\n{said}" if said else ""),
            hint="see what `rustc -vV` prints in the project's folder; `rustup show` shows the toolchain",
        )
    return facts["release"], facts["host"]
