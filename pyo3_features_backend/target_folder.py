"""A cargo target folder that a build may use again: never with another source, environment or machine in it.

Beside cargo's files lies a record of what they were made from. A build takes the folder's lock, compares, has cargo
forget the packages that are not what they were (as `cargo clean -p` does), compiles, and writes the new record. What a
build that did not end has compiled is in no record, so it is compiled again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import inputs
from .errors import NAME
from .graph import Graph, Local

RECORD = f".{NAME}.json"
_FORMAT = 2
# https://bford.info/cachedir/
TAG = f"Signature: 8a477f597d28d172789f06886806bc55\n# Made by {NAME}; safe to remove.\n"
_OF_A_UNIT = re.compile(r"-[0-9a-f]{16}$")  # cargo's hash behind a package's name


class Work(NamedTuple):
    """One compile: its graphs, the cargo ``profiles`` that it can use, ``context`` a digest of :func:`inputs.context`,
    ``environ`` what cargo will see; ``pinned`` says that build arguments name the target folder.
    """

    graphs: tuple[Graph, ...]
    profiles: tuple[str, ...]
    context: str
    environ: Mapping[str, str]
    pinned: bool = False


def make(folder: Path) -> None:
    """Make a target folder as cargo does, with the tag that keeps it out of backups and sdists."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        (folder / "CACHEDIR.TAG").write_text(TAG, encoding="ascii")


def read_record(folder: Path) -> dict[str, Any] | None:
    """The record in ``folder``: empty if there is none, without builds where it is of another version or damaged.

    None where not even its context can be read.
    """
    try:
        found = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("context"), str):
        return None
    return found if _is_whole(found) else {"context": found["context"]}


def _is_whole(found: Mapping[str, Any]) -> bool:
    if found.get("format") != _FORMAT or not isinstance(found.get("builds"), dict):
        return False
    for build in found["builds"].values():
        for one in build.values() if isinstance(build, dict) else [None]:
            if not isinstance(one, dict) or not isinstance(one.get("names"), list) or not _are_times(one.get("times")):
                return False
            if not all(isinstance(name, str) and "\0" not in name for name in one["names"]):
                return False
    return True


def _are_times(times: Any) -> bool:
    return isinstance(times, dict) and all(isinstance(time_ns, int) for time_ns in times.values())


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Put ``record`` in place of the one in ``folder``, in one step."""
    fresh = folder / f"{RECORD}.{os.getpid()}"
    fresh.write_text(json.dumps({"format": _FORMAT, **record}), encoding="utf-8")
    fresh.replace(folder / RECORD)


def _directory(profile: str) -> str:
    """The folder of a cargo profile (the Cargo book, "Build cache")."""
    return {"dev": "debug", "test": "debug", "bench": "release"}.get(profile, profile)


def _places(folder: Path, profiles: Sequence[str]) -> dict[str, Path]:
    """The folders of ``profiles`` in a target folder, by their names in it: the host's, and that of each target.

    Each target, because cargo's configuration has more ways to name one than we could look into.
    """
    names = {_directory(profile) for profile in profiles}
    within = [place for place in folder.iterdir() if place.is_dir()] if folder.is_dir() else []
    found = [place / name for place in (folder, *within) for name in names]
    return {place.relative_to(folder).as_posix(): place for place in sorted(found) if any(place.glob(".cargo*lock"))}


def _unknown(place: Path) -> bool:
    """Whether cargo keeps its books in a profile folder in a way that this module does not know."""
    return (place / "build").is_dir() and not (place / ".fingerprint").is_dir()


def _books(one: Local, place: Path) -> list[Path]:
    """The folders in which cargo says what it knows of a package: ``.fingerprint/NAME-HASH``."""
    return [found for found in place.glob(f".fingerprint/{one.name}-*") if _OF_A_UNIT.search(found.name)]


def _forget_all(place: Path) -> None:
    """Have cargo compile everything again."""
    for name in (".fingerprint", "build"):
        if (place / name).is_dir():
            shutil.rmtree(place / name)


def _forget(one: Local, place: Path) -> None:
    """Have cargo compile a package again, and with it what depends on it.

    What `cargo clean -p` does, but for each profile and target, and whatever they are called.
    """
    if _unknown(place):
        _forget_all(place)
    for book in _books(one, place):
        shutil.rmtree(book)


def forget(folder: Path, profiles: Sequence[str], packages: Sequence[Local]) -> None:
    """Have cargo compile ``packages`` again in a target ``folder``. Raises :class:`OSError`."""
    for place in _places(folder, profiles).values():
        for one in packages:
            _forget(one, place)


def _made(one: Local, place: Path) -> list[Path]:
    """The files that cargo made of a package."""
    found: list[Path] = []
    for crate in one.crate_names:
        for pattern in (f"{crate}-*", f"lib{crate}[-.]*", f"{crate}.*"):
            found += place.glob(f"deps/{pattern}")
    found += place.glob(f"build/{one.name}-*/*")
    return sorted(file for file in found if file.is_file())


def _stamps(one: Local, place: Path) -> list[str]:
    """What cargo made of a package, by name, size and time: somebody else's build of it shows here."""
    found = []
    for file in _made(one, place):
        status = file.stat()
        found.append(f"{file.name} {status.st_size} {status.st_mtime_ns}")
    return found


def _refresh(one: Local, place: Path, newest: int) -> None:
    """Let what cargo has of an unchanged package be younger than its sources.

    Front ends unpack an sdist with today's times, for which cargo would compile it again. That the content is the same
    has been seen, file by file. Where cargo's folders look otherwise than here, it does compile it again.
    """
    files = [*_made(one, place), *(file for book in _books(one, place) for file in book.iterdir())]
    if any(file.stat().st_mtime_ns <= newest for file in files):
        # All to one time: a package must not be older than what it depends on.
        now = time.time_ns()
        for file in files:
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
        self.record: dict[str, Any] = {}
        self.before: dict[str, inputs.Content] = {}
        self.times: dict[str, dict[str, int]] = {}

    def _packages(self) -> dict[str, tuple[Local, Graph]]:
        return {one.key: (one, graph) for graph in self.graphs for one in graph.local}

    def prepare(self) -> None:
        """Have cargo forget what is not what it was; then say in the record that a build is under way.

        Raises :class:`OSError`; then what cargo has in the folder must not be used.
        """
        packages = self._packages()
        for key, (one, graph) in packages.items():
            self.before[key] = inputs.package(one, graph.local, graph.workspace, self.work.environ)
        newest = max((content.newest for content in self.before.values()), default=0)
        record = read_record(self.folder)
        places = _places(self.folder, self.work.profiles)
        if record is None or record.get("context", self.work.context) != self.work.context:
            for place in places.values():
                _forget_all(place)
            record = {}
        builds = record.get("builds", {})
        for name, place in places.items():
            made = builds.setdefault(name, {})
            same = []
            for key, (one, graph) in packages.items():
                # With a source from the future, cargo cannot tell what was compiled before what.
                if newest <= time.time_ns() and _same(made.get(key), self.before[key], one, graph, place):
                    same.append(one)
                else:
                    made.pop(key, None)
                    _forget(one, place)
            for one in same if self.unpacked else ():
                _as_before(one, made[one.key])
                _refresh(one, place, newest)
        if self.unpacked:
            self.times = {key: inputs.times(one, graph.local) for key, (one, graph) in packages.items()}
        self.record = {"context": self.work.context, "builds": builds}
        write_record(self.folder, self.record)

    def finish(self) -> None:
        """Record what was compiled. Only for a compile that went well."""
        places = _places(self.folder, self.work.profiles)
        for name, place in places.items():
            made = self.record["builds"].setdefault(name, {})
            for key, (one, graph) in self._packages().items():
                now = inputs.package(one, graph.local, graph.workspace, self.work.environ)
                if now[:2] != self.before[key][:2]:  # edited meanwhile: cargo may have read the one or the other
                    made.pop(key, None)
                    continue
                names, whole = inputs.listed(one, list(places.values()), graph.workspace)
                made[key] = {
                    "content": self.before[key].whole if whole else self.before[key].code,
                    "whole": whole,
                    "times": self.times.get(key, {}) if whole else {},
                    "names": names,
                    "files": inputs.files(names, one, graph.workspace),
                    "made": _stamps(one, place),
                }
        write_record(self.folder, self.record)


def _same(known: Any, content: inputs.Content, one: Local, graph: Graph, place: Path) -> bool:
    """Whether a package is what its entry in the record says, and so is what cargo made of it, if we can see that."""
    if not isinstance(known, dict) or _unknown(place) or known.get("made") != _stamps(one, place):
        return False
    if known.get("content") != (content.whole if known.get("whole") else content.code):
        return False
    return bool(known.get("files") == inputs.files(known["names"], one, graph.workspace))


def for_context(folder: Path, context: str) -> Path:
    """``folder``, or one within it where it was filled under another context (compiler, C library, environment)."""
    record = read_record(folder)
    if record is None or record.get("context", context) == context:
        return folder
    return folder / NAME / context[:16]
