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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from ..errors import NAME, BackendError, Stopped, ToolchainError
from ..model.compile import Destination
from . import content, machine, place
from .clean import Clean, packages
from .place import Compile
from .session import Build, Session

_FULL = 64 << 20  # bytes: with less than this free, a failed compile is taken to have failed for it
_OTHERS = 3  # places of other environments (compilers, variables) that a source tree keeps for one Python


class CacheDisk:
    """Where the compile cache is, for a build that fails because its disk is full."""

    cache: Path | None = None

    def is_full(self) -> bool:
        """Whether a failed compile may have failed because the disk of the compile cache is full."""
        try:
            return self.cache is not None and shutil.disk_usage(self.cache).free < _FULL
        except OSError:
            return True


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
        build.report(removed)
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
    context = machine.context(starts, build.rustc, {**build.environ, **dict(one.own)}, build.arguments, memory)
    below = os.path.relpath(one.graph.workspace, build.root)
    locked = one.graph.locked if project else ""
    digest = content.text_digest(context, build.python.identity, below, repr(one.own), project, locked)
    return f"{project}{build.python.label}-{digest[:16]}"


@contextmanager
def compiling(build: Build, disk: CacheDisk) -> Iterator[list[Destination]]:
    """Give where each compile of a build goes, for the block in which they run; record what they leave when it ends.

    ``disk`` is told where the compile cache is. A block that raises a
    :class:`BackendError` is a compile that failed, but came to its own end, as one that was stopped has.
    """
    kept, why = _in_cache(build)
    if why:
        build.report(f"without the compile cache: {why}")
    with ExitStack() as stack:
        sessions: list[Session] = []
        sent = [Destination({})] * len(build.compiles)
        try:
            disk.cache = kept
            _open(stack, build, kept, sessions, sent)
        except OSError as error:
            sessions.clear()
            stack.close()
            if any(one.directory for one in build.compiles):
                raise ToolchainError(
                    f"the target folder of the build arguments cannot be used: {error}",
                    hint="take --target-dir out, or make the folder writable",
                ) from None
            build.report(f"what is compiled now cannot be used again: {error}")
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
            build.report(f"what was compiled cannot be used again: {error}")
            return
    if any(compiled):
        _trim(build, kept, sessions)


def _open(stack: ExitStack, build: Build, kept: Path | None, sessions: list[Session], sent: list[Destination]) -> None:
    """Open and prepare the places of a build. Raises :class:`OSError`."""
    for (_, directory, _), numbers in _groups(build).items():
        compiles = [build.compiles[number] for number in numbers]
        first = compiles[0]
        if first.elsewhere:  # cargo compiles where nothing of ours can send it
            for one in compiles:
                graph = one.graph
                folder, environ = graph.target_directory, one.environ
                names = packages(graph.workspace)
                Clean(folder, graph.manifest, names, one.profiles, environ, one.flags).run()
            continue
        if kept:
            from . import cache

            holder, project = cache.holder(kept), re.sub(r"[^a-z0-9]+", "-", build.name.lower()).strip("-") + "-"
        else:
            holder, project = directory / NAME, ""
            place.make_holder(holder)
        memory = content.Memory(holder / "files.json")
        name = _name(build, first, project, memory)
        waiting = partial(build.report, f"waiting for another build in {holder}")
        opened = stack.enter_context(place.opened(holder, name, waiting))
        if kept and not cache.is_private(opened.folder):
            raise OSError(errno.EPERM, "it is open to others", str(opened.folder))
        session = Session(build, opened, compiles, memory)
        sessions.append(session)
        session.prepare()
        memory.save()
        env = opened.environment(first)
        if build.python.configuration:
            from . import python

            if file := python.write(opened.folder, *build.python.configuration):
                env["PYO3_CONFIG_FILE"] = str(file)
        for number in numbers:
            sent[number] = Destination(env, opened.target if build.compiles[number].directory else None, session.used)


def _temporary(stack: ExitStack, one: Compile) -> Destination:
    """A compile from nothing, because what cargo has could not be compared or cleaned."""
    import tempfile

    folder = tempfile.mkdtemp(prefix=f"{NAME}-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    apart = one.graph.build_directory != one.graph.target_directory
    return Destination(place.redirected(Path(folder), apart=apart))


def _trim(build: Build, kept: Path | None, sessions: Sequence[Session]) -> None:
    """Bound what is kept; the wheel is made, so whatever goes wrong here can wait."""
    with suppress(OSError):
        if kept:
            from . import cache

            cache.trim(kept, cache.limit(build.environ))
        for one in [] if kept else sessions:
            label = one.kept.folder.name.rpartition("-")[0]
            place.keep_newest(one.kept.holder, label, 1 + _OTHERS, one.owner)
