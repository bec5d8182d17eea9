"""One build: where its crates are compiled, and what of an earlier compile is used again.

The promise is that a wheel is the one that a build from nothing would give; what is not sure is compiled again. For
published crates name, version, features and :func:`machine.context` stand for the content, and cargo keeps its books.
The project's own crates are cheap to compile, so they are used again only

- from an unpacked sdist where the whole tree is what it was, file by file;
- in a source tree where whatever cargo lists as an input is what it was, or is so young that cargo sees it;
- and where every variable that they can see is what it was.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import NAME, BackendError, ToolchainError, say
from ..interrupts import Stopped
from . import content, environment, inputs, machine, place
from .place import Compile, Place

_FULL = 64 << 20  # bytes: with less than this free, a failed compile is taken to have failed for it
_OTHERS = 3  # places of other environments (compilers, variables) that a source tree keeps for one Python


class Python(NamedTuple):
    """Which Python a compile is for: ``label`` names its places ("cp311"; "abi3" for any), ``identity`` tells it from
    another of that name. ``configuration`` is what :func:`python.write` needs for a constant one: (floor, pointer
    width, PyO3's version).
    """

    label: str
    identity: str
    configuration: tuple[tuple[int, int], int, str] | None = None


class Build(NamedTuple):
    """What is to be compiled for one wheel: ``environ`` is the environment in which the hook was called, ``rustc`` the
    answer of ``rustc -vV``, ``words`` the build arguments that cargo does not take into account itself.
    """

    root: Path
    name: str
    compile_cache: str
    environ: Mapping[str, str]
    rustc: str
    words: tuple[str, ...]
    python: Python
    compiles: tuple[Compile, ...]

    @property
    def unpacked(self) -> bool:
        """Whether the source is not anybody's to work in, but an sdist that a front end unpacked."""
        return (self.root / "PKG-INFO").is_file()


class Sent(NamedTuple):
    """Where one compile goes: variables for it, and the folder to put in place of its own ``--target-dir``.

    ``used`` is to be called with the environment that cargo gets, and the names of the variables that were added, where
    setup.py can still change it.
    """

    env: dict[str, str]
    directory: Path | None = None
    used: Callable[[Mapping[str, str], Collection[str]], None] = lambda *_: None


class Room:
    """Where the compile cache is, for a build that fails because there is no room in it."""

    cache: Path | None = None

    def is_full(self) -> bool:
        """Whether a failed compile may have failed for the room beneath the compile cache."""
        try:
            return self.cache is not None and shutil.disk_usage(self.cache).free < _FULL
        except OSError:
            return True


class _Session:
    """One place in one build: what cargo has to forget before the compile, and the record of it after."""

    def __init__(self, build: Build, kept: Place, compiles: Sequence[Compile], memory: content.Memory) -> None:
        self.build, self.kept, self.compiles = build, kept, compiles
        self.root = str(build.root.resolve())
        self.old = kept.state.record
        folders = {str(d) for one in compiles for d in (one.graph.target_directory, one.graph.build_directory)}
        self.left = inputs.Left(str(kept.holder), frozenset(folders))
        self.digests = content.Digests(self.old.get("files"), self.old.get("recorded"))
        # A place within the tree serves that tree alone, wherever it came from.
        self.unpacked = build.unpacked and not _is_in(str(kept.holder), self.root)
        self.owner = "an unpacked sdist" if self.unpacked else self.root
        environ = {**build.environ, **{name: value for one in compiles for name, value in one.own}}
        self.environment = environment.digest(environ, build.root, memory)
        self.vendored = self._vendored()
        self.tree: inputs.Tree | None = None
        if self.unpacked and all(_is_in(str(p.folder), self.root) for one in compiles for p in one.graph.local):
            self.tree = inputs.tree(build.root)
        self.names: list[str] = []
        self.begun = 0
        self.before: set[tuple[str, int, int]] = set()
        self.another = False

    def prepare(self) -> None:
        """Have cargo forget what is not sure, and say in the record that a build is under way."""
        ended = self.kept.state.ended
        if not ended or self.old.get("unknown") or self.old.get("vendored", self.vendored) != self.vendored:
            self.kept.renew()
        elif ended == "badly" or not self._is_same():
            self.kept.clean(self.compiles)
        else:
            self.names = self.old["names"]
            if self.tree:
                self.tree = self.tree._replace(times=self.old["times"])
                inputs.give_times(self.build.root, self.tree.times)
        self.before = self._stamps()
        self.begun = self.kept.begin(self.compiles)

    def used(self, environ: Mapping[str, str], ours: Collection[str]) -> None:
        """Note the environment that cargo gets, apart from the variables ``ours``: setup.py can change it after it was
        compared, and then the next build has nothing to compare with.
        """
        before = {**self.build.environ, **{name: value for one in self.compiles for name, value in one.own}}
        self.another |= not set(environment.differences(environ, before)) <= set(ours)

    def _vendored(self) -> str:
        """A digest of the packages that cargo takes to be published ones, and somebody can edit."""
        folders = sorted({str(p.folder) for one in self.compiles for p in one.graph.local if p.vendored})
        lines = [os.path.relpath(name, self.root) + self.digests.of(name) for name in inputs.files(folders, self.left)]
        return content.text_digest(*lines) if lines else ""

    def _is_same(self) -> bool:
        """Whether the project's own crates are what they were, or are seen by cargo to be others."""
        old = self.old
        if old.get("names") is None or (old.get("owner"), old.get("environment")) != (self.owner, self.environment):
            return False
        if self.unpacked:
            moved = old.get("rooted", True) and old.get("root") != self.root
            if moved or self.tree is None or old.get("tree") != self.tree.digest:
                return False
        before = set(old.get("inputs", ()))
        return not inputs.changed_unseen(old["names"], self.digests, before, self.kept.state.at, self.left)

    def _stamps(self) -> set[tuple[str, int, int]]:
        """The artefacts, by name, size and time."""
        files = [file for folder in self.kept.outputs(self.compiles) for file in folder.iterdir() if file.is_file()]
        return {(str(file), status.st_size, status.st_mtime_ns) for file in files for status in [file.stat()]}

    def finish(self) -> bool:
        """Record what was compiled, after a compile that went well; whether anything was."""
        outputs = self.kept.outputs(self.compiles)
        made, _ = inputs.artefacts(outputs)
        if not all(any(inputs.is_of(name, one.crates) for name in made) for one in self.compiles):
            self.kept.end("well", {"unknown": True})  # cargo has compiled where it was not looked for
            return True
        compiled = self._stamps() != self.before
        record: dict[str, Any] = {"owner": self.owner, "vendored": self.vendored}
        record["environment"] = None if self.another else self.environment
        record.update(self._inputs(inputs.listed(outputs)), files=self.digests.seen, recorded=self.begun)
        if self.unpacked:
            rooted = self._mentions(outputs) if compiled else self.old.get("rooted", True)
            tree = self.tree or inputs.Tree("", {})
            record.update(root=self.root, rooted=rooted, tree=tree.digest, times=tree.times)
        self.kept.end("well", record)
        return compiled

    def _inputs(self, listed: list[str] | None) -> dict[str, Any]:
        """The record of what was read; ``names`` is None where it is not known what that was."""
        several = len({one.crates for one in self.compiles}) < len(self.compiles)
        if listed is None or several:  # of two artefacts of one name, one's dep-info is lost
            return {"names": None}
        # In an unpacked sdist the tree is compared as a whole; what lies outside counts like everywhere.
        looked = [self.left.within, self.root] if self.unpacked else [self.left.within]
        hidden = [str(p.folder) for one in self.compiles for p in one.graph.local if p.hidden]
        outside = {name for name in (*listed, *hidden) if not any(_is_in(name, folder) for folder in looked)}
        # Those of before stay: cargo keeps what it compiled with other features or in another profile.
        names = sorted({*outside, *self.names})
        found = list(inputs.files(names, self.left))
        entries = [self.digests.entry(name) for name in found]
        # Changed while cargo was reading, with a time that does not say so.
        racy = any(entry[2] >= self.begun > entry[1] for entry in entries if entry[-1] != content.MISSING)
        return {"names": None} if racy else {"names": names, "inputs": found}

    def _mentions(self, outputs: Sequence[Path]) -> bool:
        """Whether the folder of the sdist stands in an artefact: then the artefact is for that folder alone."""
        paths = {os.fsencode(self.root), os.fsencode(self.build.root)}
        files = [file for folder in outputs for file in folder.iterdir() if file.is_file() and file.suffix != ".d"]
        return any(path in data for file in files for data in [file.read_bytes()] for path in paths)


def _is_in(name: str, folder: str) -> bool:
    return name == folder or name.startswith(folder + os.sep)


def _in_cache(build: Build) -> tuple[Path | None, str]:
    """(the cache folder, nothing), or (None, why the compile cache plays no part: empty where nobody needs to hear)."""
    if build.compile_cache == "off" or not build.unpacked:
        return None, ""
    for one in build.compiles:
        graph = one.graph
        if one.directory or not graph.target_directory == graph.build_directory == graph.workspace / "target":
            return None, ""  # somebody has said where to compile
    from . import cache

    if build.compile_cache != "on" and cache.off_because(build.environ):
        return None, ""
    folder = cache.root(build.environ)
    for removed in cache.discard_open(folder):
        say(f"{NAME}: {removed}")
    cache.limit(build.environ)  # a size that is none is an error before anything is compiled
    why = cache.usable(folder)
    return (None, why) if why else (folder, "")


def _groups(build: Build) -> dict[tuple[Any, ...], list[int]]:
    """The compiles, by number, that share a place: those of one workspace, target folder and environment."""
    found: dict[tuple[Any, ...], list[int]] = {}
    for number, one in enumerate(build.compiles):
        key = one.graph.workspace, one.directory or one.graph.build_directory, one.own
        found.setdefault(key, []).append(number)
    return found


def _name(build: Build, one: Compile, project: str, memory: content.Memory) -> str:
    """The name of a place; it parts what must not share one."""
    starts = [build.root, one.graph.manifest.parent]
    context = machine.context(starts, build.rustc, {**build.environ, **dict(one.own)}, build.words, memory)
    below = os.path.relpath(one.graph.workspace, build.root)
    locked = one.graph.locked if project else ""
    digest = content.text_digest(context, build.python.identity, below, repr(one.own), project, locked)
    return f"{project}{build.python.label}-{digest[:16]}"


@contextmanager
def compiling(build: Build, room: Room, *, cache: bool = True) -> Iterator[list[Sent]]:
    """Give where each compile of a build goes, for the block in which they run; record what they leave when it ends.

    ``cache`` is False for a second try without the compile cache, ``room`` is told where that is. A block that raises a
    :class:`BackendError` is a compile that failed, but came to its own end, as one that was stopped has.
    """
    kept, why = _in_cache(build) if cache else (None, "")
    if why:
        say(f"{NAME}: without the compile cache: {why}")
    with ExitStack() as stack:
        sessions: list[_Session] = []
        sent = [Sent({})] * len(build.compiles)
        try:
            room.cache = kept
            _open(stack, build, kept, sessions, sent)
        except OSError as error:
            sessions.clear()
            stack.close()
            if any(one.directory for one in build.compiles):
                raise ToolchainError(
                    f"the target folder of the build arguments cannot be used: {error}",
                    hint="take --target-dir out, or make the folder writable",
                ) from None
            say(f"{NAME}: what is compiled now cannot be used again: {error}")
            sent = [_temporary(stack, one) for one in build.compiles]
        try:
            yield sent
        except (BackendError, Stopped):
            for one in sessions:
                with suppress(OSError):
                    one.kept.end("badly", {})
            raise
        try:
            compiled = [one.finish() for one in sessions]
        except OSError as error:
            say(f"{NAME}: what was compiled cannot be used again: {error}")
            return
    if any(compiled):
        _trim(build, kept, sessions)


def _open(stack: ExitStack, build: Build, kept: Path | None, sessions: list[_Session], sent: list[Sent]) -> None:
    """Open and prepare the places of a build. Raises :class:`OSError`."""
    for (_, directory, _), numbers in _groups(build).items():
        compiles = [build.compiles[number] for number in numbers]
        first = compiles[0]
        if first.elsewhere:  # cargo compiles where nothing of ours can send it
            for one in compiles:
                graph = one.graph
                folder, environ = graph.target_directory, one.environ
                place.cleaned(folder, graph.manifest, graph.workspace, one.profiles, one.flags, environ=environ)
            continue
        if kept:
            from . import cache

            holder, project = cache.holder(kept), re.sub(r"[^a-z0-9]+", "-", build.name.lower()).strip("-") + "-"
        else:
            holder, project = directory / NAME, ""
            place.make_holder(holder)
        memory = content.Memory(holder / "files.json")
        opened = stack.enter_context(place.opened(holder, _name(build, first, project, memory)))
        if kept and not cache.is_private(opened.folder):
            raise OSError(errno.EPERM, "it is open to others", str(opened.folder))
        session = _Session(build, opened, compiles, memory)
        sessions.append(session)
        session.prepare()
        memory.save()
        env = opened.environment(first)
        if build.python.configuration:
            from . import python

            if file := python.write(opened.folder, *build.python.configuration):
                env["PYO3_CONFIG_FILE"] = str(file)
        for number in numbers:
            sent[number] = Sent(env, opened.target if build.compiles[number].directory else None, session.used)


def _temporary(stack: ExitStack, one: Compile) -> Sent:
    """A compile from nothing, because what cargo has could not be compared or cleaned."""
    import tempfile

    folder = tempfile.mkdtemp(prefix=f"{NAME}-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    apart = one.graph.build_directory != one.graph.target_directory
    return Sent(place.redirected(Path(folder), apart=apart))


def _trim(build: Build, kept: Path | None, sessions: Sequence[_Session]) -> None:
    """Bound what is kept; the wheel is made, so whatever goes wrong here can wait."""
    with suppress(OSError):
        if kept:
            from . import cache

            cache.trim(kept, cache.limit(build.environ))
        for one in [] if kept else sessions:
            place.keep_newest(one.kept.holder, one.kept.folder.name.rpartition("-")[0], 1 + _OTHERS)
