"""Generated projects on disk: writes them with the times that a step asks for, builds them, asks the wheels."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.generated_edits import EQUAL, NEWER, OLDER, THEN, Step
from support.generated_projects import COMMAND, Layout, State
from support.generated_sources import (
    CC,
    HOST,
    TOOLS,
    Content,
    Link,
    cargo_arguments,
    environment,
    features,
    files,
    variables,
)
from support.plain_project import OLD, environ, run

Answers = dict[str, str]
LOAD = """import ctypes, json, sys
said = {}
for name, library in json.loads(sys.argv[1]).items():
    answer = ctypes.CDLL(library).answer
    answer.restype = ctypes.c_char_p
    said[name] = answer().decode()
print(json.dumps(said))
"""


class Failed(Exception):
    """A build that did not end with a wheel; its words."""


class Place:
    """A folder with one project that is edited, or that is unpacked anew for each build."""

    def __init__(self, where: Path, layout: Layout, name: str) -> None:
        self.where, self.layout, self.name = where, layout, name
        self.tools = where / "tools"
        self.written: dict[str, Content] = {}
        self.folder = where / name / "outer" / "plain"
        self.history: list[dict[str, int]] = []  # the times of all files, after each step

    def write(self, state: State, step: Step | None = None, force: str = "") -> None:
        """Bring the folder to a state; ``force`` is one time for whatever changes."""
        if self.layout.sdist:
            shutil.rmtree(self.folder.parent.parent, ignore_errors=True)
            self.folder = Path(tempfile.mkdtemp(dir=self.where)) / "outer" / "plain"
            self.written = {path: text for path, text in self.written.items() if path.startswith(TOOLS)}
        elif step and step.kind == "touch":
            self._stamp(NEWER)
        made = files(self.layout, state)
        for path in [path for path in self.written if path not in made]:
            self._remove(self.path(path), (step.times.get(path, NEWER) if step else NEWER))
        for path in sorted(made, key=lambda path: not isinstance(made[path], Link)):
            if self.written.get(path) != made[path]:
                kind = force or (step.times.get(path, NEWER) if step else NEWER)
                then = self.history[step.then].get(path) if step and kind == THEN else None
                self._write(self.path(path), made[path], kind, then)
        self.written = made
        if self.layout.sdist:
            self._stamp(step.sdist_time if step else force or OLDER)

    def path(self, path: str) -> Path:
        if path.startswith(TOOLS):
            return self.tools / path[len(TOOLS) + 1 :]
        return Path(os.path.normpath(self.folder / path))

    def remember(self) -> None:
        """Note the times of this step."""
        paths = {path: self.path(path) for path in self.written}
        self.history.append({path: file.stat().st_mtime_ns for path, file in paths.items()})

    def _write(self, file: Path, content: Content, kind: str, then: int | None) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        folder = file.parent.stat().st_mtime_ns
        if isinstance(content, Link):
            (file.parent / content.target).mkdir(exist_ok=True)
            file.symlink_to(content.target)
            return
        before = file.stat().st_mtime_ns if file.exists() else None
        file.write_text(content.replace(CC, shutil.which("cc") or "cc").replace(TOOLS, str(self.tools)))
        if content.startswith("#!"):
            file.chmod(0o755)
        stamp = {EQUAL: before, OLDER: OLD * 10**9, THEN: then}.get(kind)
        if kind != NEWER:
            stamp = OLD * 10**9 if stamp is None else stamp
            os.utime(file, ns=(stamp, stamp))
            os.utime(file.parent, ns=(folder, folder))

    def _remove(self, file: Path, kind: str) -> None:
        folder = file.parent.stat().st_mtime_ns
        file.unlink()
        if kind != NEWER:
            os.utime(file.parent, ns=(folder, folder))

    def _stamp(self, kind: str) -> None:
        stamp = time.time_ns() if kind == NEWER else OLD * 10**9
        for path in self.written:
            if not path.startswith(TOOLS):
                os.utime(self.path(path), ns=(stamp, stamp))

    def environment(self, state: State, **more: str) -> dict[str, str]:
        made = {}
        for name, value in environment(self.layout, state).items():
            made[name.replace(HOST, host())] = value.replace(TOOLS, str(self.tools))
        if self.layout.compiler == "PATH":
            made["PATH"] = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        made["PYO3_FEATURES_BACKEND_CACHE_DIR"] = str(self.where / "cache")
        if self.layout.shared:
            made["CARGO_TARGET_DIR"] = str(self.where / "target")
        return {**made, **more}

    def build(self, state: State, **more: str) -> Answers:
        """What the wheel of the folder as it is answers."""
        dist = Path(tempfile.mkdtemp(dir=self.where))
        result = run(self.folder, dist, **self.environment(state, **more))
        if result.returncode:
            raise Failed(result.stdout[-1500:] + result.stderr[-3000:])
        (wheel,) = dist.glob("*.whl")
        try:
            return ask(wheel, dist / "unpacked")
        finally:
            shutil.rmtree(dist)

    def cold(self, state: State) -> Answers:
        """What a wheel answers that is built of the same state from nothing."""
        layout = self.layout._replace(shared=False)
        place = Place(Path(tempfile.mkdtemp(dir=self.where)), layout, "cold")
        place.tools = self.tools
        place.written = {path: text for path, text in self.written.items() if path.startswith(TOOLS)}
        place.write(state)
        try:
            return place.build(state, PYO3_FEATURES_BACKEND_COMPILE_CACHE="off")
        finally:
            shutil.rmtree(place.where)

    def cargo(self, state: State) -> None:
        """The user's own build."""
        words = ["cargo", "build", "--release", "-q", *cargo_arguments(self.layout, state)]
        if self.layout.features_from == "settings" and features(self.layout, state):
            words += ["--features", ",".join(features(self.layout, state))]
        environment = environ(**self.environment(state, **variables(self.layout, state, COMMAND)))
        subprocess.run(words, cwd=self.folder, check=True, env=environment, capture_output=True)
        if self.layout.second:
            words = ["cargo", "build", "--release", "-q", "--manifest-path", "second/Cargo.toml"]
            words += ["--config", "settings/extra.toml"] if self.layout.extra_config else []
            subprocess.run(words, cwd=self.folder, check=True, env=environment, capture_output=True)


def ask(wheel: Path, folder: Path) -> Answers:
    """What libraries and programs of a wheel answer, and the text of each other file."""
    shutil.unpack_archive(wheel, folder, "zip")
    answers: Answers = {}
    libraries = {}
    for file in sorted(file for file in folder.rglob("*") if file.is_file()):
        name = file.relative_to(folder).as_posix()
        if ".data/scripts/" in name:
            file.chmod(0o755)
            answers[file.name] = subprocess.run([str(file)], capture_output=True, text=True, check=True).stdout.strip()
        elif file.suffix == ".so":
            libraries[file.name.partition(".")[0]] = str(file)
        elif ".dist-info/" not in name:
            answers[name] = file.read_text().strip()
    if libraries:
        words = [sys.executable, "-c", LOAD, json.dumps(libraries)]
        answers.update(json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout))
    return answers


_HOST: list[str] = []


def host() -> str:
    """The target in the spelling of cargo's variables."""
    if not _HOST:
        said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
        triple = next(row.split()[1] for row in said.splitlines() if row.startswith("host:"))
        _HOST.append(triple.upper().replace("-", "_"))
    return _HOST[0]
