"""Manages places: a place is a folder with a target folder, in which only builds of this backend compile, and a record
of what the last build compiled there. (It is unrelated to :class:`errors.Place`, which is a line in a file.)

    HOLDER/files.json        the digests of compilers, and of other files that are not in the project
    HOLDER/NAME.lock         locked during a build; empty, and never removed, because another build may wait for it
    HOLDER/NAME/state.json   how the last build ended, and the record of its inputs
    HOLDER/NAME/1/           cargo's target folder; if it must not be used again, the next build makes the next number

The holder is the folder ``pyo3-features-backend`` in the project's target folder or, for an unpacked sdist, a folder in
the user's cache. Nothing else compiles there, so the artefacts in a place come from the inputs in its record. A build
that is killed leaves no record, so the next build does not use what it compiled, or may still be compiling.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..facts.files import make_writable, remove, remove_tree
from ..model.graph import Graph
from . import content, inputs, user_folder
from .clean import Clean, folders, packages
from .lock import locked

STATE = "state.json"
PYTHON = "python"  # the folder of the place's own interpreter (:func:`interpreter.bare`)
DIGESTS = "files.json"  # of compilers and other files outside of the project, for all places
FORMAT = "pyo3-features-backend 5"


class Compile(NamedTuple):
    """One call of cargo by a delegate.

    ``environ`` is its environment. ``flags`` are the arguments that every call of cargo needs (``--locked`` ...).
    ``profiles`` are the profiles that it may use. ``crates`` are the names of the artefacts; it makes at least one of
    them. ``directory`` is the ``--target-dir`` in its arguments. ``elsewhere`` says that a ``--config`` sets the
    target folder, which nothing can override. ``own`` are variables that only this call gets, or None for one that only
    this call does not get. ``features`` are the cargo features and arguments, as a text that is only compared.
    ``packs_out_dir``: the wheel gets files that a build script writes.
    """

    graph: Graph
    environ: Mapping[str, str]
    flags: tuple[str, ...]
    profiles: tuple[str, ...]
    crates: frozenset[str]
    directory: Path | None = None
    elsewhere: bool = False
    own: tuple[tuple[str, str | None], ...] = ()
    features: str = ""
    packs_out_dir: bool = False

    def with_own(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment of the hook with the changes that are for this call only."""
        return {name: value for name, value in {**environ, **dict(self.own)}.items() if value is not None}

    @property
    def packages(self) -> list[str]:
        """The path packages: those of Cargo.lock, and of the graph, which knows those of cargo's `paths` setting."""
        graph = [package.name for package in self.graph.local if not package.vendored]
        return list(dict.fromkeys([*packages(self.graph.workspace), *graph]))


class State(NamedTuple):
    """The state after the last build. ``ended`` is "well", "badly" (a compile error), or "" if the build did not end.

    ``generation`` is the number of the target folder. ``at`` is the modification time of the state file in ns.
    ``profiles`` are all profiles that were compiled. ``record`` is what :mod:`.session` records. ``owner`` is the
    folder of the source tree whose builds use the place, whatever became of the last one; "" if it is not known.
    """

    generation: int
    ended: str
    at: int
    profiles: tuple[str, ...]
    record: Mapping[str, Any]
    owner: str = ""


class Place:
    """An open place, whose lock this build holds. If a method raises :class:`OSError`, do not use the place."""

    def __init__(self, holder: Path, name: str) -> None:
        self.holder, self.folder = holder, holder / name
        if self.folder.is_symlink():
            raise OSError(errno.ELOOP, "this is a link", str(self.folder))
        if not self.folder.is_dir():
            for left in holder.glob(f".{name}.*"):  # this build has the lock, so that one was killed
                remove(left)
            fresh = holder / f".{name}.{os.getpid()}"
            fresh.mkdir(mode=0o700, exist_ok=True)
            content.replace(fresh / STATE, json.dumps({"format": FORMAT, "generation": 0}))
            fresh.rename(self.folder)
        self.state = read_state(self.folder)
        self.profiles = set(self.state.profiles)
        self.owner = self.state.owner

    @property
    def target(self) -> Path:
        """cargo's target folder."""
        return self.folder / str(self.state.generation)

    def is_private(self) -> bool:
        """Whether no other user can access the place or its target folder."""
        return all(user_folder.is_private(folder) for folder in (self.folder, self.target) if folder.is_dir())

    def renew(self) -> None:
        """Start with an empty target folder and without an interpreter of its own. Raises :class:`OSError`."""
        forget(self.folder)
        self.state = State(generation=self.state.generation + 1, ended="", at=0, profiles=(), record={})
        self.profiles = set()
        for old in self.folder.iterdir():
            if old.name == PYTHON or (old.name.isdecimal() and not old.is_symlink()):
                with suppress(OSError):
                    remove_tree(old)
        self.target.mkdir(mode=0o700)

    def purge(self) -> None:
        """Start with an empty place, in which nobody else can write. Raises :class:`OSError`."""
        forget(self.folder)
        for old in self.folder.iterdir():
            if old.is_dir() and not old.is_symlink():
                remove_tree(old)
            elif old.name != STATE:
                old.unlink()
        self.renew()
        self.folder.chmod(0o700)

    def empty(self) -> None:
        """Remove everything in the target folder. Raises :class:`OSError` if that fails."""
        if self.target.exists():
            remove_tree(self.target)
        self.target.mkdir(mode=0o700)

    def clean(self, compiles: Sequence[Compile]) -> None:
        """Make cargo compile the project's own crates again, in each profile; if `cargo clean` fails, everything.

        Raises :class:`OSError`.
        """
        for call in {call.graph.workspace: call for call in compiles}.values():
            clean = Clean(
                target=self.target,
                manifest=call.graph.manifest,
                names=dict.fromkeys(name for other in compiles for name in other.packages),
                profiles={profile for other in compiles for profile in other.profiles} | self.profiles,
                environ={**call.environ, **self.environment(call)},
                flags=call.flags,
            )
            if not clean.run():
                make_writable(self.target)
                if not clean.run():
                    self.renew()
                    return
        self.state = self.state._replace(at=0)
        # If cargo left an artefact of these crates, it did not find it.
        remaining, _ = inputs.artefacts(folder for folder, _ in folders(self.target, self.profiles))
        if any(inputs.is_artefact_of(name, call.crates) for name in remaining for call in compiles):
            self.renew()

    def outputs(self, compiles: Sequence[Compile]) -> list[Path]:
        """The profile folders in which the compiles may have written."""
        profiles = {profile for call in compiles for profile in call.profiles}
        return [folder for folder, _ in folders(self.target, profiles)]

    def environment(self, call: Compile) -> dict[str, str]:
        """The variables that make cargo compile here."""
        return redirection(self.target, build_dir=call.graph.build_directory != call.graph.target_directory)

    def begin(self, compiles: Sequence[Compile]) -> int:
        """Record that a build is running, so that no other build uses what it leaves if it is killed.

        Returns the time of the record in ns.
        """
        self.profiles.update(profile for call in compiles for profile in call.profiles)
        if not self.target.is_dir():
            self.renew()
        self._write("", {})
        return (self.folder / STATE).stat().st_mtime_ns

    def end(self, ended: str, record: Mapping[str, Any]) -> None:
        """Record how the build ended, "well" or "badly", with the session's ``record``."""
        self._write(ended, record)

    def _write(self, ended: str, record: Mapping[str, Any]) -> None:
        state = {
            "format": FORMAT,
            "generation": self.state.generation,
            "owner": self.owner,
            "ended": ended,
            "profiles": sorted(self.profiles),
            # The clock may have been set back since: cargo's own records can be newer than this one.
            "after": self.state.at,
            "record": record,
        }
        content.replace(self.folder / STATE, json.dumps(state))


def redirection(folder: Path, *, build_dir: bool) -> dict[str, str]:
    """The variables that make cargo compile in ``folder``; ``build_dir`` says that build.build-dir is set."""
    return {"CARGO_TARGET_DIR": str(folder), **({"CARGO_BUILD_BUILD_DIR": str(folder)} if build_dir else {})}


def read_state(folder: Path) -> State:
    """Read the state of a place. A damaged state, or one of another version, is read as a build that did not end."""
    numbered = [entry for entry in folder.iterdir() if entry.name.isdecimal()]
    numbers, targets = [int(entry.name) for entry in numbered], [entry for entry in numbered if not entry.is_symlink()]
    unknown = State(generation=max(numbers, default=0), ended="", at=0, profiles=(), record={})
    file = folder / STATE
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        owner = saved.get("owner")
        owner = owner if isinstance(owner, str) and content.is_path(owner) else ""
        unknown = unknown._replace(owner=owner)
        if saved["format"] != FORMAT:
            return unknown
        profiles = tuple(str(profile) for profile in saved["profiles"])
        generation, ended, record, after = (saved[key] for key in ("generation", "ended", "record", "after"))
        known = type(generation) is int and folder / str(generation) in targets
        if known and ended in ("well", "badly") and _is_valid(record) and type(after) is int:
            return State(
                generation=generation,
                ended=ended,
                at=max(file.stat().st_mtime_ns, after),
                profiles=profiles,
                record=record,
                owner=owner,
            )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    return unknown


def _is_valid(record: Any) -> bool:
    """Whether the keys of a record read from JSON, if present, have values of the right types."""
    if not isinstance(record, dict):
        return False
    types = {"names": list, "inputs": list, "packages": list, "files": dict, "times": dict, "recorded": int}
    types.update(dict.fromkeys(("owner", "environment", "vendored", "root", "tree"), str))
    optional = ("names", "environment")  # None: not known
    for key, kind in types.items():
        if key in record and not isinstance(record[key], kind) and not (key in optional and record[key] is None):
            return False
    names = [name for key in ("names", "inputs", "files", "times") for name in record.get(key) or ()]
    times = record.get("times", {}).values()
    return (
        all(isinstance(name, str) for name in record.get("packages", ()))
        and all(map(content.is_path, names))
        and all(type(time) is int and abs(time) < 1 << 62 for time in times)
        and all(map(content.is_entry, record.get("files", {}).values()))
    )


def forget(entry: Path) -> None:
    """Remove the record of a place before its files, so that no build uses the rest if that fails or is interrupted."""
    try:
        # An import after a change compiles in the folder with the next number (:mod:`.on_import`).
        known = read_state(entry)
        state = {"format": FORMAT, "generation": known.generation, "owner": known.owner}
        used = (entry / STATE).stat().st_mtime_ns
        content.replace(entry / STATE, json.dumps(state))
        os.utime(entry / STATE, ns=(used, used))  # what cannot be removed has not been used
    except OSError:  # the disk is full: a place without a record is not used either
        (entry / STATE).unlink(missing_ok=True)


@contextmanager
def open_place(holder: Path, name: str, on_wait: Callable[[float], None]) -> Iterator[Place]:
    """Open the place ``name``, and hold its lock in the block. Create the place if it does not exist.

    ``on_wait`` is called while another build holds the lock (:func:`.lock.locked`). Raises :class:`OSError`.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(holder / f"{name}.lock", on_wait))
        except OSError as error:
            # As cargo does, continue without a lock if the file system does not support locks.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP):
                raise
        yield Place(holder, name)
