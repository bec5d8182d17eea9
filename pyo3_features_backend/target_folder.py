"""A cargo target folder that a build may use again: never with another source, environment or machine in it.

Beside cargo's files lies a record of what they were made from. A build takes the folder's lock, compares, has cargo
forget the packages that are not what they were (`cargo clean -p`), compiles, and writes the new record. The record of
a build that did not end is not there, so what such a build left is never trusted.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import inputs
from .errors import NAME, ToolchainError
from .graph import Graph, Local

RECORD = f".{NAME}.json"
_FORMAT = 1


class Work(NamedTuple):
    """One compile: its graphs, the cargo ``profiles`` that it can use, ``triples`` its explicit targets if any.

    ``flags`` are cargo's (--locked, --config ...), ``context`` is a digest of :func:`inputs.context`, ``environ`` what
    cargo will see.
    """

    graphs: tuple[Graph, ...]
    profiles: tuple[str, ...]
    triples: tuple[str, ...]
    flags: tuple[str, ...]
    context: str
    environ: Mapping[str, str]


def make(folder: Path) -> None:
    """Make a target folder as cargo does, with the tag that keeps it out of backups and sdists."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n", encoding="ascii")


def read_record(folder: Path) -> dict[str, Any]:
    """The record in ``folder``; empty if there is none that can be read."""
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or found.get("format") != _FORMAT or not isinstance(found.get("builds"), dict):
        return {}
    return found


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Put ``record`` in place of the one in ``folder``, in one step."""
    fresh = folder / f"{RECORD}.{os.getpid()}"
    fresh.write_text(json.dumps({"format": _FORMAT, **record}), encoding="utf-8")
    fresh.replace(folder / RECORD)


def _directory(profile: str) -> str:
    """The folder of a cargo profile (the Cargo book, "Build cache")."""
    return {"dev": "debug", "test": "debug", "bench": "release"}.get(profile, profile)


def _places(folder: Path, work: Work) -> Iterator[tuple[str, str | None, Path]]:
    """(profile, triple or None, folder) of what the compile can find in the target ``folder``."""
    for profile in work.profiles:
        for triple in (None, *work.triples):
            place = folder / (triple or "") / _directory(profile)
            if place.is_dir():
                yield profile, triple, place


def _clean(graph: Graph, packages: Sequence[Local], folder: Path, profile: str, triple: str | None, work: Work) -> None:
    words = ["cargo", "clean", "-q", "--manifest-path", str(graph.manifest), "--target-dir", str(folder)]
    words += ["--profile", profile, *(["--target", triple] if triple else []), *work.flags]
    for one in packages:  # none: all that was compiled with the profile
        words += ["-p", one.spec]
    result = subprocess.run(
        words, cwd=graph.manifest.parent, capture_output=True, text=True, check=False, env=dict(work.environ)
    )
    if result.returncode:
        raise ToolchainError(
            f"cargo could not forget what it compiled before: {result.stderr.strip()}", hint=f"remove {folder}"
        )


def _made(one: Local, folders: Sequence[Path]) -> list[str]:
    """What cargo has of a package, by name, size and time: somebody else's build of it shows here."""
    found = []
    for folder in folders:
        for crate in one.crate_names:
            for file in sorted(
                [
                    *folder.glob(f"deps/{crate}-*"),
                    *folder.glob(f"deps/lib{crate}[-.]*"),
                    *folder.glob(f"deps/{crate}.*"),
                ]
            ):
                with contextlib.suppress(OSError):
                    status = file.stat()
                    found.append(f"{file.name} {status.st_size} {status.st_mtime_ns}")
    return found


def _refresh(one: Local, folders: Sequence[Path], newest: int) -> None:
    """Let what cargo has of an unchanged package be younger than its sources.

    Front ends unpack an sdist with today's times, for which cargo would compile it again. That the content is the same
    has been seen, file by file. Where cargo's folders look otherwise than here, it does compile it again.
    """
    files: list[Path] = []
    for folder in folders:
        for name in (one.name, *one.crate_names):
            files += folder.glob(f".fingerprint/{name}-*/*")
            files += folder.glob(f"build/{name}-*/*")
            files += folder.glob(f"deps/{name}-*")
            files += folder.glob(f"deps/lib{name}[-.]*")
            files += folder.glob(f"deps/{name}.*")
    present = [file for file in dict.fromkeys(files) if file.is_file()]
    if any(file.stat().st_mtime_ns <= newest for file in present):
        # All to one time: a package must not be older than what it depends on.
        now = max(newest + 1, time.time_ns())
        for file in present:
            os.utime(file, ns=(now, now))


def _as_before(one: Local, known: Mapping[str, Any]) -> None:
    """Give the files of an unchanged package the times that they had when it was compiled.

    For a build script that names no inputs cargo keeps the latest time and its file, and nothing else will do. Only for
    what a front end has unpacked a moment ago with times of its own.
    """
    for name, time_ns in known.get("times", {}).items():
        file = one.folder / name
        with contextlib.suppress(OSError):
            if not file.is_symlink():
                os.utime(file, ns=(time_ns, time_ns))


class Folder:
    """A target folder of one or more graphs, with the lock of it held; ``unpacked`` says that the source is not
    anybody's to work in, but an sdist that a front end unpacked.
    """

    def __init__(self, folder: Path, graphs: Sequence[Graph], work: Work, *, unpacked: bool = False) -> None:
        self.folder, self.graphs, self.work, self.unpacked = folder, graphs, work, unpacked
        # build.build-dir, where cargo has the two apart.
        apart = graphs[0].build_directory != graphs[0].target_directory and folder == graphs[0].target_directory
        self.compiled = graphs[0].build_directory if apart else folder
        self.name = "/".join([*work.profiles, *(work.triples or ["native"])])
        self.builds: dict[str, Any] = {}
        self.before: dict[tuple[Path, str], inputs.Content] = {}
        self.times: dict[tuple[Path, str], dict[str, int]] = {}

    def prepare(self) -> None:
        """Have cargo forget what is not what it was; then say in the record that a build is under way."""
        record = read_record(self.folder)
        made = record.get("builds", {}).get(self.name, {})
        if record.get("context", self.work.context) != self.work.context:
            for graph in self.graphs:
                for profile, triple, _ in _places(self.compiled, self.work):
                    _clean(graph, (), self.folder, profile, triple, self.work)
            record, made = {}, {}
        places = list(_places(self.compiled, self.work))
        folders = [place for _, _, place in places]
        for graph in self.graphs:
            changed = []
            for one in graph.local:
                content = inputs.package(one, graph.local, graph.workspace, self.work.environ)
                self.before[graph.workspace, one.key] = content
                known = made.get(one.key)
                if known is None or not _same(known, content, _made(one, folders), graph):
                    changed.append(one)
            newest = max((self.before[graph.workspace, one.key].newest for one in graph.local), default=0)
            for one in graph.local:
                if one not in changed and self.unpacked:
                    _as_before(one, made[one.key])
                if self.unpacked:
                    self.times[graph.workspace, one.key] = inputs.times(one, graph.local)
                if one not in changed:
                    _refresh(one, folders, newest)
            present = [one for one in changed if _made(one, folders)]
            if present:
                for profile, triple, _ in places:
                    _clean(graph, present, self.folder, profile, triple, self.work)
        builds: dict[str, Any] = {name: value for name, value in record.get("builds", {}).items() if name != self.name}
        self.builds = builds
        self._write()

    def _write(self) -> None:
        write_record(self.folder, {"context": self.work.context, "builds": self.builds})

    def finish(self) -> None:
        """Record what was compiled. Only for a compile that went well."""
        folders = [place for _, _, place in _places(self.compiled, self.work)]
        made = {}
        for graph in self.graphs:
            for one in graph.local:
                content = self.before[graph.workspace, one.key]
                names, whole = inputs.listed(one, folders, graph.workspace)
                made[one.key] = {
                    "content": content.whole if whole else content.code,
                    "whole": whole,
                    "times": self.times.get((graph.workspace, one.key), {}) if whole else {},
                    "names": names,
                    "files": inputs.files(names, graph.workspace),
                    "made": _made(one, folders),
                }
        self.builds[self.name] = made
        self._write()


def _same(known: Mapping[str, Any], content: inputs.Content, made: list[str], graph: Graph) -> bool:
    try:
        if known["content"] != (content.whole if known["whole"] else content.code) or known["made"] != made:
            return False
        return bool(known["files"] == inputs.files(known["names"], graph.workspace))
    except (KeyError, TypeError, AttributeError):  # a record that somebody else wrote
        return False


def for_context(folder: Path, context: str) -> Path:
    """``folder``, or one within it where it was filled under another context (compiler, C library, environment)."""
    record = read_record(folder)
    if record.get("context", context) == context:
        return folder
    return folder / NAME / context[:16]
