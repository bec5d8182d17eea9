"""Bad inputs: a good project with one thing wrong, called through every hook and verb in one process of its own."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from support.files import write

REQUIRES = tuple(f"get_requires_for_build_{kind}" for kind in ("wheel", "editable", "sdist"))
METADATA = tuple(f"prepare_metadata_for_build_{kind}" for kind in ("wheel", "editable"))
BUILD = ("build_wheel", "build_editable")
SDIST = ("build_sdist",)
HOOKS = (*REQUIRES, *METADATA, *BUILD, *SDIST)
PLANS = ("explain", "args", "env", "matrix", "check", "probe")
VERBS = (*PLANS, "migrate")
DECIDES = (*METADATA, *BUILD)  # what needs the plan

NAME = "pyo3-features-backend"
GOOD = {
    "pyproject.toml": '[build-system]\nrequires = ["pyo3-features-backend"]\nbuild-backend = "pyo3_features_backend"\n'
    '[project]\nname = "good"\nversion = "1.0"\nrequires-python = ">=3.9"\n',
    "Cargo.toml": '[package]\nname = "good"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n',
    "src/lib.rs": '#[no_mangle]\npub extern "C" fn answer() -> i64 { 42 }\n',
}

# Calls one hook or verb after the other; what each writes goes to a file, so that children of the hook are seen too.
_RUNNER = r"""
import ast, json, os, pathlib, shutil, sys, tempfile, time, traceback
calls, settings, directory = json.loads(sys.argv[1]), ast.literal_eval(sys.argv[2]), sys.argv[3]
root, environ, path = os.getcwd(), dict(os.environ), list(sys.path)
answer = []
for call in calls:
    with tempfile.TemporaryFile() as said:
        before = os.dup(1), os.dup(2)
        made = directory or tempfile.mkdtemp()
        os.dup2(said.fileno(), 1), os.dup2(said.fileno(), 2)
        internal, started = False, time.monotonic()
        try:
            if "_" in call:
                import pyo3_features_backend as backend
                getattr(backend, call)(*([] if "requires" in call else [made]), settings)
                status = 0
            else:
                from pyo3_features_backend.cli import main
                status = main(call.split())
        except SystemExit as left:
            status = left.code
        except BaseException:
            internal, status = True, 99
            traceback.print_exc()
        sys.stdout.flush(), sys.stderr.flush()
        for number, kept in zip((1, 2), before):
            os.dup2(kept, number), os.close(kept)
        said.seek(0)
        text = said.read().decode("utf-8", "replace")
    left = sorted(os.listdir(made)) if os.path.isdir(made) else []
    answer.append([call, status, text, left, internal, time.monotonic() - started])
    if not directory:
        shutil.rmtree(made)
    assert os.getcwd() == root, call
    os.environ.clear(), os.environ.update(environ)
print(json.dumps(answer))
"""


class Call(NamedTuple):
    """What one hook or verb did: its exit status, all that it said, and what it left in the output folder."""

    name: str
    status: int
    said: str
    left: list[str]
    internal: bool
    seconds: float

    @property
    def errors(self) -> list[str]:
        """The backend's own errors among what it said."""
        return [row for row in self.said.splitlines() if row.startswith(f"{NAME}: error: ")]


class Row(NamedTuple):
    """One thing that is wrong.

    ``files`` are written into the good project: text, bytes, or None for a file that is missing. ``change`` does what
    files cannot. ``settings`` is the front end's config settings, as a Python literal. ``tools`` are programs that
    come first on PATH, and ``environment`` is set. ``calls`` are the hooks and verbs that meet it. ``message`` and
    ``hint`` are in what each says; a message starts with its place.
    """

    name: str
    message: str
    hint: str = ""
    files: Mapping[str, str | bytes | None] = {}
    change: Callable[[Path], None] | None = None
    settings: str = "None"
    tools: Mapping[str, str] = {}
    environment: Mapping[str, str] = {}
    modules: Mapping[str, str] = {}
    calls: tuple[str, ...] = (*HOOKS, *VERBS)
    directory: str = ""


def tree(root: Path) -> dict[str, object]:
    """Every entry below a folder: its kind, its content and its mode."""
    entries: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        regular = stat.S_ISREG(status.st_mode)
        entries[str(path.relative_to(root))] = status.st_mode, path.read_bytes() if regular else None
    return entries


def project(tmp_path: Path, row: Row) -> Path:
    """The good project with what is wrong in it."""
    root = write(tmp_path / "good", GOOD)
    for name, content in row.files.items():
        if content is None:
            (root / name).unlink()
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    if row.change:
        row.change(root)
    return root


def run(tmp_path: Path, row: Row, root: Path | None = None) -> list[Call]:
    """What each call of the row does, one after the other in one process."""
    root = root or project(tmp_path, row)
    programs, modules = tmp_path / "bin", tmp_path / "modules"
    programs.mkdir(exist_ok=True)
    for name, text in row.tools.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755 if text else 0o644)
    write(modules, dict(row.modules))
    here = str(Path(__file__).parent.parent.parent)
    environment = {**os.environ, **{k: v.replace("{tmp}", str(tmp_path)) for k, v in row.environment.items()}}
    environment["PATH"] = os.pathsep.join([str(programs), environment["PATH"]])
    environment["PYTHONPATH"] = os.pathsep.join([str(modules), here])
    environment["CARGO_TARGET_DIR"] = str(tmp_path / "target")
    words = [json.dumps(row.calls), row.settings, row.directory.replace("{tmp}", str(tmp_path))]
    result = subprocess.run(
        [sys.executable, "-c", _RUNNER, *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr
    answer: list[list[Any]] = json.loads(result.stdout)
    return [Call(*each) for each in answer]


def faults(row: Row, calls: list[Call], *, delegates_own: bool = False) -> list[str]:
    """What is not as it has to be: one error with the message and the hint, exit status 1, nothing left."""
    found = []
    for call in calls:
        wrong = []
        if call.internal or "internal error" in call.said or ("Traceback" in call.said and not delegates_own):
            wrong.append("an internal error")
        if call.status != 1:
            wrong.append(f"exit status {call.status}")
        if len(call.errors) != 1 and call.name != "check":
            wrong.append(f"{len(call.errors)} errors")
        if not any(f"{NAME}: error: {row.message}" in said for said in [call.said]):
            wrong.append("another message")
        if row.hint not in call.said or "  help: " not in call.said:
            wrong.append("another hint")
        if call.left:
            wrong.append(f"left {call.left}")
        if wrong:
            found.append(f"{call.name}: {', '.join(wrong)}:\n{call.said[-1500:]}")
    return found
