"""A project on disk for the readers to find, and a cargo and a rustc that answer at once.

Only the two questions are answered from here, with what cargo and rustc themselves once said or with the input;
everything else is the backend's own code.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple
from unittest import mock

from pyo3_features_backend.author.checks import graph
from pyo3_features_backend.facts import toolchain
from pyo3_features_backend.facts.toolchain import Question

from . import seeds

_TIMEOUT = 120


class Recorded(NamedTuple):
    """What cargo and rustc said about the example, or what the input makes them say."""

    metadata: str
    tree: str
    rustc: str
    status: int = 0
    stderr: str = ""


class Answer(Question):
    """A command that has ended already."""

    def __init__(self, command: Sequence[str], stdout: str, stderr: str = "", status: int = 0) -> None:
        self.command = list(command)
        self.process = SimpleNamespace(returncode=status, pid=0)  # type: ignore[assignment]
        self.result = [(stdout, stderr)]
        self.reader = threading.Thread(target=lambda: None)
        self.reader.start()


@functools.cache
def scratch() -> Path:
    """A folder that is removed when the process ends."""
    import atexit

    folder = Path(tempfile.mkdtemp(prefix="reliability-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def project() -> Path:
    """A copy of the example; what an input changes is written again by :func:`files`."""
    folder = scratch() / "hello"
    shutil.copytree(seeds.TOP / "examples" / "hello", folder, ignore=shutil.ignore_patterns("target"))
    return folder


@functools.cache
def recorded() -> Recorded:
    """The answers about the example, asked once."""

    def said(*command: str) -> str:
        result = subprocess.run(command, cwd=project(), capture_output=True, check=True, text=True, timeout=_TIMEOUT)
        return result.stdout

    tree = ["-e", "normal,build", "--prefix", "none", "-f", "{p}|{f}", "--color", "never"]
    table = _without_the_unread(json.loads(said("cargo", "metadata", "--format-version", "1")))
    return Recorded(json_text(table), said("cargo", "tree", *tree), said("rustc", "-vV"))


_KEPT = ("hello-pyo3", "pyo3", "pyo3-ffi", "pyo3-build-config")
_UNREAD = ("description", "keywords", "categories", "readme", "homepage", "documentation", "authors", "license")


def metadata() -> dict[str, Any]:
    """The answer of `cargo metadata` as a table."""
    table: dict[str, Any] = json.loads(recorded().metadata)
    return table


def _without_the_unread(table: dict[str, Any]) -> dict[str, Any]:
    """An answer of `cargo metadata` with less in it, so that a change hits what somebody reads."""
    table["packages"] = [package for package in table["packages"] if package["name"] in _KEPT]
    kept = {package["id"] for package in table["packages"]}
    for package in table["packages"]:
        for name in _UNREAD:
            package.pop(name, None)
        package["metadata"] = None
        package["features"] = dict(list(package["features"].items())[:6])
        package["dependencies"] = package["dependencies"][:3]
        package["targets"] = package["targets"][:2]
    table["resolve"]["nodes"] = [node for node in table["resolve"]["nodes"] if node["id"] in kept]
    for node in table["resolve"]["nodes"]:
        node["deps"] = [dep for dep in node["deps"] if dep["pkg"] in kept]
        node["dependencies"] = [name for name in node["dependencies"] if name in kept]
    return table


def json_text(table: Mapping[str, Any]) -> str:
    """An answer of cargo's."""
    return json.dumps(table)


@contextmanager
def answering(answers: Recorded) -> Iterator[None]:
    """In the block, questions get ``answers``."""

    def ask(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Answer:
        stdout = answers.rustc if command[0] == "rustc" else answers.metadata if "metadata" in command else answers.tree
        return Answer(command, stdout, answers.stderr, answers.status)

    with mock.patch.object(toolchain, "Question", ask), mock.patch.object(graph, "Question", ask):
        yield


@contextmanager
def files(root: Path, changed: Mapping[str, bytes]) -> Iterator[Path]:
    """In the block, ``root`` is the current folder and has these files; those that were there come back."""
    recorded()  # the tools answer about the example as it is
    before = {name: (root / name).read_bytes() if (root / name).is_file() else None for name in changed}
    folder = Path.cwd()
    for name, data in changed.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    os.chdir(root)
    try:
        yield root
    finally:
        os.chdir(folder)
        for name, old in before.items():
            if old is None:
                (root / name).unlink(missing_ok=True)
            else:
                (root / name).write_bytes(old)


@contextmanager
def variables(added: Mapping[str, str]) -> Iterator[None]:
    """In the block, the environment has these variables too."""
    with mock.patch.dict(os.environ, added):
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """In the block, nothing is printed."""
    with ExitStack() as stack:
        null = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        for name in ("stdout", "stderr"):
            stack.enter_context(mock.patch.object(sys, name, null))
        yield


def text(data: bytes) -> str:
    """The input as a text that another program printed."""
    return data.decode("utf-8", "replace")


def json_or_nothing(data: bytes, kind: type | tuple[type, ...]) -> Any:
    """The JSON in an input, if it is of the type; else None: some inputs are values that cannot come as other bytes."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, kind) else None
