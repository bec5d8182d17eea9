"""Questions to cargo and rustc: run beside our own work, and once only where several decisions need them."""

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
    """A command that runs while we do something else; raises :class:`ToolchainError` if there is none."""

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
        # Read while it runs: cargo's answer is larger than a pipe holds, and cargo would wait for us.
        self.reader = threading.Thread(target=lambda: self.result.append(self.process.communicate()))
        self.reader.start()

    def answer(self) -> tuple[int, str, str]:
        """(exit status, stdout, stderr), when it has ended."""
        self.reader.join()
        return self.process.returncode, *self.result[0]


_memory: ContextVar[dict[Hashable, object]] = ContextVar("memory")


@contextmanager
def remembering() -> Iterator[None]:
    """Within it no command runs twice, and no answer is read twice: to decide one project for many Pythons."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def once(key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives; within :func:`remembering` it is called once for each ``key``."""
    memory = _memory.get(None)
    if memory is None:
        return make()
    if key not in memory:
        memory[key] = make()
    found: T = memory[key]  # type: ignore[assignment]
    return found


def ask(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Question:
    """Start a command in ``cwd``; ``env`` replaces the environment where it is not None."""
    key = tuple(command), cwd, None if env is None else tuple(sorted(env.items()))
    return once(key, lambda: Question(command, cwd, env))


def ask_rustc(root: Path, env: Mapping[str, str] | None = None) -> Question:
    """Start asking the rustc that builds in ``root`` for its version."""
    return ask(["rustc", "-vV"], root, env)


def rustc(question: Question) -> tuple[str, str]:
    """(release, host triple) of the rustc that was asked. Raises :class:`ToolchainError`."""
    _, stdout, stderr = question.answer()
    facts = dict(row.split(": ", 1) for row in stdout.splitlines() if ": " in row)
    if "release" not in facts:
        raise ToolchainError(f"rustc does not answer: {stderr.strip()}", hint="see `rustc -vV`")
    return facts["release"], facts["host"]
