"""Runs cargo and rustc in the background, and only once if several decisions need the same answer."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TypeVar

from ..errors import ToolchainError

T = TypeVar("T")


class Question:
    """A command that runs in the background. Raises :class:`ToolchainError` if it is not installed."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.command = command
        try:
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except FileNotFoundError:
            raise ToolchainError(f"{command[0]} is not installed", hint="install Rust: https://rustup.rs") from None
        self.result: list[tuple[str, str]] = []
        # A thread reads the output while the command runs: cargo's answer does not fit into the pipe's buffer.
        self.reader = threading.Thread(target=lambda: self.result.append(self.process.communicate()))
        self.reader.start()

    def answer(self) -> tuple[int, str, str]:
        """Wait for the command to end: (exit status, stdout, stderr)."""
        self.reader.join()
        return self.process.returncode, *self.result[0]


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


def ask_rustc(root: Path, env: Mapping[str, str] | None = None) -> Question:
    """Start ``rustc -vV`` in ``root``: rustup can choose another toolchain for each folder."""
    return ask(["rustc", "-vV"], root, env)


def rustc(question: Question) -> tuple[str, str]:
    """(release, host triple) in the answer to :func:`ask_rustc`. Raises :class:`ToolchainError`."""
    _, stdout, stderr = question.answer()
    facts = dict(row.split(": ", 1) for row in stdout.splitlines() if ": " in row)
    if "release" not in facts:
        raise ToolchainError(f"rustc does not answer: {stderr.strip()}", hint="see `rustc -vV`")
    return facts["release"], facts["host"]
