"""Hooks in processes of their own, on a project whose wheel says whether it was made of the right files."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from support import plain_project

NAMES = (
    "get_requires_for_build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "prepare_metadata_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "build_wheel",
    "build_editable",
    "build_sdist",
)
DELEGATES = ("maturin", "setuptools-rust")
PATIENCE = 300  # seconds for one hook
_ERROR = re.compile(r"^pyo3-features-backend: error(\[PFB\d+\])?: ", re.MULTILINE)
# What builds write into a source tree: cargo's and setuptools' folders, and an editable build's extension.
_BUILT = ("target", "build", "plain.egg-info", "__pycache__")


class Ended(NamedTuple):
    """A hook that has ended: its exit status, what it said, and the folder for its result."""

    status: int
    said: str
    dist: Path


class Tree:
    """A source tree of the plain project, and folders of its own for everything that a build writes."""

    def __init__(self, where: Path, delegate: str, *, unpacked: bool = False) -> None:
        self.project = plain_project.Project(where, delegate)
        self.where = Path(tempfile.mkdtemp(dir=where))
        self.delegate, self.unpacked = delegate, unpacked
        self.temporary = self.where / "tmp"
        self.cache = self.where / "cache"
        self.temporary.mkdir()
        self.cache.mkdir(mode=0o700)
        self.number = 0
        self.folder = self._written()

    def _written(self) -> Path:
        numbers = {"data/number.txt": self.number}
        project = self.project._replace(where=self.where)
        return project.write(numbers) if self.unpacked else project.tree(numbers)

    def edit(self, number: int) -> None:
        """Give the wheel another right answer; an unpacked sdist is unpacked somewhere else."""
        self.number = number
        if self.unpacked:
            shutil.rmtree(self.folder.parent, ignore_errors=True)
            self.folder = self._written()
        else:
            (self.folder / "data" / "number.txt").write_text(f"{number}\n")

    def snapshot(self) -> Mapping[str, str]:
        """A digest of each file, without what builds write."""
        found = {}
        for current, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if name not in _BUILT]
            for name in names:
                file = Path(current, name)
                if file.suffix != ".so":
                    mode = file.stat().st_mode
                    found[str(file.relative_to(self.folder))] = (
                        f"{mode:o} {hashlib.sha256(file.read_bytes()).hexdigest()}"
                    )
        return found

    def environ(self, changed: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """The environment of a person's own build; None removes a variable."""
        changed = changed or {}
        found = {**os.environ, "PYO3_FEATURES_BACKEND_COMPILE_CACHE": "on"}
        found.update(TMPDIR=str(self.temporary), PYO3_FEATURES_BACKEND_CACHE_DIR=str(self.cache))
        found["PYTHONPATH"] = os.pathsep.join(
            name for name in sys.path[:1] + [os.environ.get("PYTHONPATH", "")] if name
        )
        found["PYTHONDONTWRITEBYTECODE"] = "1"
        for name in ("CARGO_TARGET_DIR", "CI", *(name for name, value in changed.items() if value is None)):
            found.pop(name, None)
        return {**found, **{name: value for name, value in changed.items() if value is not None}}

    def start(self, hook: str, dist: Path, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start a hook in a session of its own, so that whatever is left of it can be found."""
        argument = "" if hook.startswith("get_requires") else repr(str(dist))
        code = f"import pyo3_features_backend as b; b.{hook}({argument})"
        # A file and not a pipe: a process that outlives the hook would keep a pipe open.
        with tempfile.TemporaryFile("w+", errors="replace", dir=self.where) as said:
            process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=self.folder, env=dict(environ), stdout=said, stderr=said,
                stdin=subprocess.DEVNULL, text=True, start_new_session=True,
            )  # fmt: skip
            process.said = os.fdopen(os.dup(said.fileno()), "r", errors="replace")  # type: ignore[attr-defined]
        return process

    def run(
        self, hook: str = "build_wheel", changed: Mapping[str, str | None] | None = None, dist: Path | None = None
    ) -> Ended:
        """Run a hook to its end, with ``changed`` variables; None removes one."""
        dist = dist or Path(tempfile.mkdtemp(prefix="dist-", dir=self.where))
        return self.ended(self.start(hook, dist, self.environ(changed)), dist)

    def ended(self, process: subprocess.Popen[str], dist: Path) -> Ended:
        """Wait for a hook that was started."""
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            end_session(process.pid)
            status = 124
        said = process.said  # type: ignore[attr-defined]
        said.seek(0)
        with said:
            return Ended(status, said.read(), dist)

    def wrong(self, ended: Ended, hook: str = "build_wheel") -> str:
        """What is wrong with a hook that should have succeeded; empty if nothing is."""
        if ended.status:
            return f"exit status {ended.status}: {ended.said.strip()[-600:]}"
        if hook in ("build_wheel", "build_editable", "build_sdist"):
            return self.wrong_results(ended.dist, answers=hook == "build_wheel") or self._missing(ended.dist)
        return ""

    def _missing(self, dist: Path) -> str:
        return "" if list(dist.glob("*.whl")) + list(dist.glob("*.tar.gz")) else "there is no file"

    def wrong_results(self, dist: Path, *, answers: bool) -> str:
        """What is wrong with the wheels in a folder, of which there may be none."""
        for wheel in dist.glob("*.whl"):
            try:
                with zipfile.ZipFile(wheel) as archive:
                    if broken := archive.testzip():
                        return f"{wheel.name} is damaged: {broken}"
                answer = self.project.answer(wheel) if answers else self.number
            except (zipfile.BadZipFile, OSError, ValueError, subprocess.SubprocessError) as error:
                return f"{wheel.name} is half-written: {type(error).__name__}: {error}"
            if answer != self.number:
                return f"{wheel.name} answers {answer} instead of {self.number}"
        return ""

    def forget(self, dist: Path) -> None:
        """Remove what a build made."""
        shutil.rmtree(dist, ignore_errors=True)
        for entry in self.temporary.iterdir():
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)


def refused(ended: Ended) -> str:
    """What is wrong with a hook that failed: it must end with status 1, one message, and no traceback of ours."""
    messages = len(_ERROR.findall(ended.said))
    if ended.status != 1:
        return f"exit status {ended.status}: {ended.said.strip()[-600:]}"
    # What a delegate raises is shown, and the message says so.
    own = "traceback above comes from" not in ended.said and "Traceback (most recent call last)" in ended.said
    if own or "internal error" in ended.said:
        return f"a traceback: {ended.said.strip()[-900:]}"
    return "" if messages == 1 else f"{messages} messages: {ended.said.strip()[-600:]}"


def session(leader: int) -> Iterator[int]:
    """The living processes of a session (proc(5))."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if int(fields[3]) == leader and fields[0] not in "ZX":
                    yield int(entry.name)


def end_session(leader: int) -> None:
    """End what is left of a hook."""
    for _ in range(100):
        left = list(session(leader))
        if not left:
            return
        for process in left:
            with suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)
