"""A place: a target folder of our own in which cargo compiles, what was compiled there, and what has to go before the
next compile.

    HOLDER/NAME.lock         held during a build; empty, and never removed: another build may be waiting for it
    HOLDER/NAME/state.json   what the build before left, and what it was made from
    HOLDER/NAME/1/           cargo's target folder; when nothing in it is to be used any more, the next number

The holder is ``pyo3-features-backend`` in the project's target folder; for an unpacked sdist it is in the user's cache.
Nobody else compiles there, so what is in it was compiled from what the record says. A build that was killed leaves
none, and what it may still be compiling is not used.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..model.graph import Graph
from . import content, inputs
from .clean import Clean, folders, packages
from .lock import held

STATE = "state.json"
_FORMAT = "pyo3-features-backend 3"
# https://bford.info/cachedir/
TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by pyo3-features-backend; safe to remove.\n"


class Compile(NamedTuple):
    """One call of cargo by a delegate.

    ``environ`` is the environment that it will have, ``flags`` are the arguments that cargo needs in all of its calls
    (``--locked``, ``--config`` ...), ``profiles`` are those that it may use, ``crates`` the names of the artefacts, of
    which it makes one or more. ``directory`` is a ``--target-dir`` among its arguments, ``elsewhere``
    says that ``--config`` names one, which nothing overrides; ``own`` are the variables that it alone is given.
    """

    graph: Graph
    environ: Mapping[str, str]
    flags: tuple[str, ...]
    profiles: tuple[str, ...]
    crates: frozenset[str]
    directory: Path | None = None
    elsewhere: bool = False
    own: tuple[tuple[str, str], ...] = ()


class State(NamedTuple):
    """What the build before left. ``ended`` is "well", "badly" (a compile error), or "" where it did not end.

    ``at`` is the time of the record in ns by the clock of its file system. ``record`` is the engine's.
    """

    generation: int
    ended: str
    at: int
    profiles: tuple[str, ...]
    record: Mapping[str, Any]


class Place:
    """A place whose lock is held. Its methods raise :class:`OSError`; then nothing of it must be used."""

    def __init__(self, holder: Path, name: str) -> None:
        self.holder, self.folder = holder, holder / name
        if self.folder.is_symlink():
            raise OSError(errno.ELOOP, "this is a link", str(self.folder))
        if not self.folder.is_dir():
            fresh = holder / f".{name}.{os.getpid()}"
            fresh.mkdir(mode=0o700, exist_ok=True)
            content.replace(fresh / STATE, json.dumps({"format": _FORMAT, "generation": 0}))
            fresh.rename(self.folder)
        self.state = read_state(self.folder)
        self.profiles = set(self.state.profiles)

    @property
    def target(self) -> Path:
        """cargo's target folder."""
        return self.folder / str(self.state.generation)

    def renew(self) -> None:
        """Begin with an empty target folder."""
        self.state = State(self.state.generation + 1, "", 0, (), {})
        self.profiles = set()
        for old in self.folder.iterdir():
            if old.name.isdecimal() and not old.is_symlink():
                shutil.rmtree(old, ignore_errors=True)
        self.target.mkdir(mode=0o700)

    def clean(self, compiles: Sequence[Compile]) -> None:
        """Have cargo compile the project's own crates again, in each profile; where it cannot say so, everything."""
        for one in {one.graph.workspace: one for one in compiles}.values():
            profiles = {profile for other in compiles for profile in other.profiles} | self.profiles
            environ = {**one.environ, **self.environment(one)}
            names = packages(one.graph.workspace)
            if not Clean(self.target, one.graph.manifest, names, profiles, environ, one.flags).run():
                self.renew()
                return
        # An artefact of theirs that is left was not found by cargo.
        left, _ = inputs.artefacts(folder for folder, _ in folders(self.target, self.profiles))
        if any(inputs.is_of(name, one.crates) for name in left for one in compiles):
            self.renew()

    def outputs(self, compiles: Sequence[Compile]) -> list[Path]:
        """The profile folders that the compiles can have written to."""
        profiles = {profile for one in compiles for profile in one.profiles}
        return [folder for folder, _ in folders(self.target, profiles)]

    def environment(self, one: Compile) -> dict[str, str]:
        """The variables that let cargo compile here."""
        apart = one.graph.build_directory != one.graph.target_directory
        return redirected(self.target, apart=apart)

    def begin(self, compiles: Sequence[Compile]) -> int:
        """Say that a build is under way: until it ends, what is in the target folder is nobody's. Its time, in ns."""
        self.profiles.update(profile for one in compiles for profile in one.profiles)
        if not self.target.is_dir():
            self.renew()
        self._write("", {})
        return (self.folder / STATE).stat().st_mtime_ns

    def end(self, ended: str, record: Mapping[str, Any]) -> None:
        """Record how the build ended, "well" or "badly", with the engine's ``record`` of it."""
        self._write(ended, record)

    def _write(self, ended: str, record: Mapping[str, Any]) -> None:
        state = {
            "format": _FORMAT,
            "generation": self.state.generation,
            "ended": ended,
            "profiles": sorted(self.profiles),
            "record": record,
        }
        content.replace(self.folder / STATE, json.dumps(state))


def redirected(folder: Path, *, apart: bool) -> dict[str, str]:
    """The variables that let cargo compile in ``folder``; ``apart`` says that build.build-dir is set."""
    return {"CARGO_TARGET_DIR": str(folder), **({"CARGO_BUILD_BUILD_DIR": str(folder)} if apart else {})}


def read_state(folder: Path) -> State:
    """The state of a place. One that is damaged, or of another version, is one of a build that did not end."""
    numbers = [int(old.name) for old in folder.iterdir() if old.name.isdecimal()]
    unknown = State(max(numbers, default=0), "", 0, (), {})
    file = folder / STATE
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        if found["format"] != _FORMAT:
            return unknown
        profiles = tuple(str(profile) for profile in found["profiles"])
        generation, ended, record = found["generation"], found["ended"], found["record"]
        if generation in numbers and ended in ("well", "badly") and _is_whole(record):
            return State(generation, ended, file.stat().st_mtime_ns, profiles, record)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return unknown


def _is_whole(record: Any) -> bool:
    """Whether a record read from JSON has the shapes of the engine's, where it has anything."""
    if not isinstance(record, dict):
        return False
    shapes = {"names": list, "inputs": list, "files": dict, "times": dict, "recorded": int}
    shapes.update(dict.fromkeys(("owner", "environment", "vendored", "root", "tree"), str))
    right = all(isinstance(record.get(key), (kind, type(None))) for key, kind in shapes.items())
    return right and all(map(content.is_entry, record.get("files", {}).values()))


def is_ours(folder: Path) -> bool:
    """Whether ``folder`` was made by :class:`Place`: not a link, and with a state in it that says so."""
    try:
        return not folder.is_symlink() and _FORMAT.split()[0] in (folder / STATE).read_text(encoding="utf-8")[:60]
    except (OSError, ValueError):
        return False


def make_holder(holder: Path) -> None:
    """Make the holder of a source tree's places, and cargo's target folder around it as cargo makes it: with a tag that
    keeps it out of backups and sdists. Raises :class:`OSError`.
    """
    if not holder.parent.is_dir():
        holder.parent.mkdir(parents=True)
        (holder.parent / "CACHEDIR.TAG").write_text(TAG, encoding="ascii")
    holder.mkdir(exist_ok=True)


@contextmanager
def opened(holder: Path, name: str, waiting: Callable[[], None]) -> Iterator[Place]:
    """The place ``name``, made if need be, with its lock held; ``waiting`` is called where that takes a while.

    Raises :class:`OSError`.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(held(holder / f"{name}.lock", waiting))
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP):  # cargo goes on without a lock there, too
                raise
        yield Place(holder, name)


def entries(holder: Path) -> list[Path]:
    """The places in ``holder``, the least recently used first."""
    found = []
    for entry in sorted(holder.iterdir()) if holder.is_dir() else []:
        if is_ours(entry) and not entry.name.startswith("."):
            with suppress(OSError):
                found.append(((entry / STATE).stat().st_mtime_ns, entry))
    return [entry for _, entry in sorted(found)]


def remove(entry: Path) -> bool:
    """Remove one place unless a build is using it; no link is followed."""
    try:
        with held(Path(f"{entry}.lock")) as got:
            if not got or not is_ours(entry):
                return False
            discard(entry)
    except OSError:
        return False
    return not entry.exists()


def discard(entry: Path) -> None:
    """Remove a place. Without its state nothing in it is trusted any more, however far the removal comes."""
    content.replace(entry / STATE, json.dumps({"format": _FORMAT}))
    shutil.rmtree(entry, ignore_errors=True)


def keep_newest(holder: Path, label: str, count: int, owner: str) -> None:
    """Remove the least recently used places of ``label`` until ``count`` are left. Other owners' are left alone: many
    projects can share a target folder.
    """
    alike = [entry for entry in entries(holder) if entry.name.rpartition("-")[0] == label]
    own = [entry for entry in alike if read_state(entry).record.get("owner", owner) == owner]
    for entry in own[: max(0, len(own) - count)]:
        remove(entry)
