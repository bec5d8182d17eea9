"""Where a run works: a folder in the user's cache, our wheel in it, commands, and the results of earlier runs."""

from __future__ import annotations

import copy
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from .pythons import Python

TOP = Path(__file__).parent.parent.parent
PATIENCE = 2400  # seconds for one command
# What a person's shell or a CI may have set, and what would make the builds something else.
UNWANTED = ("CARGO_BUILD_", "CARGO_TARGET_", "MATURIN_", "PYO3_", "PYTEST_", "PYTHON", "TOX", "VIRTUAL", "CI")


class Failed(Exception):
    """A step that did not succeed, with a short reason."""


class NotRun(Exception):
    """A step that cannot be tried here, with the reason."""


class Said(NamedTuple):
    """What a command said."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def reason(self) -> str:
        """The line that says what went wrong: ours, else a compiler's or pip's, else the last one."""
        if self.status < 0:
            return f"ended by signal {-self.status}"
        lines = [line.strip() for line in (self.err + "\n" + self.out).splitlines() if line.strip()]
        for mark in (r"pyo3-features-backend: error(\[\w+\])?: ", r"error(\[E\d+\])?: ", r"\w*Error: ", r"cause: ", ""):
            for line in lines if mark else lines[::-1]:
                if re.match(mark, line) and not re.match(r"error: (subprocess-exited|Failed to build)", line):
                    return re.sub(r"\s+", " ", line)[:240]
        return f"exit status {self.status}"


def own_digest() -> str:
    """A digest of the backend's sources: results of other sources are not used again."""
    digest = hashlib.sha256()
    for file in sorted((TOP / "pyo3_features_backend").rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(f"{file.relative_to(TOP)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


class Place:
    """The folder of all runs, and how commands are run in it."""

    def __init__(self, folder: Path | None = None) -> None:
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        self.folder = folder or Path(os.environ.get("PFB_CORPUS_DIR") or Path(cache, "pyo3-features-corpus"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.digest = own_digest()
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
        if uv is None:
            sys.exit("this needs uv: python -m pip install uv")
        self.uv = uv
        self.links = self._backend()
        self.environ = self._environ()

    def _backend(self) -> Path:
        """A folder with a wheel of this backend, for builds in isolation."""
        links = self.folder / "backend" / self.digest
        if not list(links.glob("*.whl")):
            words = [self.uv, "build", "-q", "--wheel", "-o", str(links), str(TOP)]
            result = subprocess.run(words, capture_output=True, text=True)
            if result.returncode:
                sys.exit(f"this backend does not build:\n{result.stderr}")
        return links

    def _environ(self) -> dict[str, str]:
        found = {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}
        links = filter(None, [str(self.links), os.environ.get("UV_FIND_LINKS", "")])
        return {
            **found,
            "UV_FIND_LINKS": ",".join(links),
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_LINK_MODE": "copy",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYO3_FEATURES_BACKEND_CACHE_DIR": str(self.folder / "compile-cache"),
            "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "on",
        }

    def having(self, environ: Mapping[str, str]) -> Place:
        """This place, with more variables for all that is run in it."""
        other = copy.copy(self)
        other.environ = {**self.environ, **environ}
        return other

    def run(self, words: list[str], cwd: Path, more: Mapping[str, str] | None = None, patience: int = PATIENCE) -> Said:
        """Run a command to its end."""
        started = time.monotonic()
        try:
            result = subprocess.run(
                words, cwd=cwd, env={**self.environ, **(more or {})}, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, errors="replace", timeout=patience,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Failed(f"no end after {patience} s: {' '.join(words[:4])}") from None
        return Said(result.returncode, result.stdout, result.stderr, time.monotonic() - started)

    def ran(self, words: list[str], cwd: Path, more: Mapping[str, str] | None = None, patience: int = PATIENCE) -> Said:
        """The same of a command that has to succeed. Raises :class:`Failed` with its message."""
        said = self.run(words, cwd, more, patience)
        if said.status:
            (self.folder / "last-failure.log").write_text(f"{words}\n{said.out}\n{said.err}\n", encoding="utf-8")
            raise Failed(said.reason)
        return said

    def environment(self, python: Python, folder: Path, wanted: list[str]) -> Python:
        """A virtual environment of an interpreter with what is wanted in it."""
        program = folder / "bin" / "python" if os.name != "nt" else folder / "Scripts" / "python.exe"
        if not program.is_symlink() and not program.exists():
            self.ran([*python.before, self.uv, "venv", "-q", "--python", python.program, str(folder)], self.folder)
        made = python._replace(program=str(program))
        if wanted:
            self.install(made, wanted)
        return made

    def install(self, python: Python, wanted: list[str]) -> None:
        """Install into an environment."""
        words = [*python.before, self.uv, "pip", "install", "-q", "--python", python.program, *wanted]
        self.ran(words, self.folder)

    def wheel(self, tree: Path, out: Path, python: Python, more: Mapping[str, str] | None = None) -> Path:
        """Build a tree or an sdist as ``uv build`` does, into an emptied folder."""
        shutil.rmtree(out, ignore_errors=True)
        words = [*python.before, self.uv, "build", "--wheel", "-o", str(out), "--python", python.program, str(tree)]
        self.ran(words, self.folder, more)
        (wheel,) = out.glob("*.whl")
        return wheel


class Result(NamedTuple):
    """One step: ``status`` is "ok", "failed" or "not run"."""

    status: str
    seconds: float = 0.0
    text: str = ""


class State:
    """The results of all runs, as a file of JSON; written after every step."""

    def __init__(self, place: Place, name: str) -> None:
        self.file = place.folder / f"{name}.json"
        self.digest = place.digest
        self.entries: dict[str, dict[str, Any]] = {}
        if self.file.is_file():
            self.entries = json.loads(self.file.read_text(encoding="utf-8"))

    def entry(self, name: str, key: str, *, again: bool = False) -> dict[str, Any]:
        """What is known of a project or another thing: nothing, if it is about other sources or another input."""
        whole = f"{key} {self.digest}"
        if again or self.entries.get(name, {}).get("key") != whole:
            self.entries[name] = {
                "key": whole,
                "on": f"{datetime.date.today():%Y-%m-%d}",
                "steps": {},
                "facts": {},
            }
        return self.entries[name]

    def save(self) -> None:
        temporary = self.file.with_suffix(".new")
        temporary.write_text(json.dumps(self.entries, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        temporary.replace(self.file)


def tried(step: Callable[[], str]) -> Result:
    """Run a step; what goes wrong in it is its result."""
    started = time.monotonic()
    try:
        status, text = "ok", step()
    except NotRun as error:
        status, text = "not run", str(error)
    except Failed as error:
        status, text = "failed", str(error)
    except Exception as error:  # a mistake of this program: the other steps and projects are still tried
        status, text = "failed", f"{type(error).__name__}: {error}"[:300]
    return Result(status, round(time.monotonic() - started, 1), text)


def extensions(folder: Path) -> Iterator[Path]:
    """The libraries in an unpacked wheel."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix in (".so", ".pyd", ".dll", ".dylib"))


def tag_of(wheel: Path) -> str:
    """Python tag and ABI tag of a wheel: "cp39-abi3"."""
    return "-".join(wheel.stem.split("-")[-3:-1])
