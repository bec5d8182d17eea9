"""Chooses the folders in which a build compiles, and what of an earlier compile it uses again.

A wheel must always be the same as one from a build that starts with nothing, so whatever may have changed is compiled
again. Published crates are identified by name, version, features and :func:`machine.context`; cargo decides the rest.
The project's own crates compile quickly, so they are used again only if

- in an unpacked sdist, no file of the tree has changed;
- in a source tree, no input that cargo lists has changed, or it is so new that cargo notices the change itself;
- no variable that they can read has changed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import NAME, BackendError, Stopped, ToolchainError
from ..model.compile import Destination
from . import content, environment, place, places, user_folder
from .clean import Clean
from .place import Compile
from .request import Build, context
from .session import Session

_FULL = 64 << 20  # bytes; if less than this is free, a compile may have failed because the disk is full
_WAIT = 3  # seconds to wait for another build before that is reported
_OTHER_PLACES = 3  # how many places for other compilers or variables a source tree keeps for one Python


class CacheDisk:
    """The disk of the compile cache. ``cache`` is the cache folder, or None if the build does not use the cache."""

    cache: Path | None = None

    def is_full(self) -> bool:
        """Whether a compile may have failed because the disk of the compile cache is full."""
        try:
            return self.cache is not None and shutil.disk_usage(self.cache).free < _FULL
        except OSError:
            return True


def _cache_folder(build: Build) -> tuple[Path | None, str]:
    """(the cache folder, "") if the build uses the compile cache; otherwise (None, the reason to report, or "")."""
    if build.compile_cache == "off" or not build.unpacked:
        return None, ""
    for call in build.compiles:
        graph = call.graph
        if call.directory or not graph.target_directory == graph.build_directory == graph.workspace / "target":
            return None, ""  # the user chooses where to compile
    from . import cache

    if build.compile_cache != "on" and user_folder.off_because(build.environ):
        return None, ""
    folder = user_folder.root(build.environ)
    for removed in cache.discard_open(folder):
        build.report(removed)
    cache.limit(build.environ)  # an invalid size is an error before anything is compiled
    why = user_folder.prepare(folder, cache.FOLDER)
    return (None, why) if why else (folder, "")


def _groups(build: Build) -> dict[tuple[Any, ...], list[int]]:
    """The numbers of the compiles that share a place: those with the same workspace, target folder and variables."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, call in enumerate(build.compiles):
        folder = os.path.realpath(call.directory or call.graph.build_directory)  # it can be spelt in several ways
        key = call.graph.workspace, folder, call.own
        groups.setdefault(key, []).append(number)
    return groups


def _place_name(build: Build, call: Compile, project: str, chosen: str) -> str:
    """The name of the place for a compile in the :func:`context` ``chosen``. Compiles that must not share a place get
    different names.
    """
    # Several projects can be in one workspace, and a project can have several.
    workspace = os.path.relpath(call.graph.workspace, build.root), os.path.relpath(build.root, call.graph.workspace)
    locked = call.graph.locked if project else ""
    # Vendored packages are the project's own: another project would compile everything again.
    vendored = build.name if any(package.vendored for package in call.graph.local) else ""
    # A variable that the call does not get cannot change its result.
    constant = environment.constant(build.root) if call.own else str
    own = repr([(name, constant(value)) for name, value in call.own if value is not None])
    digest = content.text_digest(chosen, build.python.identity, *workspace, own, project, locked, vendored)
    return f"{project}{build.python.label}-{digest[:16]}"


@contextmanager
def compiling(build: Build, disk: CacheDisk) -> Iterator[list[Destination]]:
    """Yield the destination of each compile, for the block that compiles; record the result when the block ends.

    Sets ``disk.cache``. If the block raises a :class:`BackendError` or :class:`Stopped`, the compile failed, but no
    process of it is still running, so the next build can use the place.
    """
    cache_folder, why = _cache_folder(build)
    if why:
        build.report(f"building without the compile cache: {why}")
    with ExitStack() as stack:
        sessions: list[Session] = []
        destinations = [Destination({})] * len(build.compiles)
        try:
            disk.cache = cache_folder
            _open(stack, build, cache_folder, sessions, destinations)
        except OSError as error:
            sessions.clear()
            stack.close()
            if any(call.directory for call in build.compiles):
                raise ToolchainError(
                    f"the target folder of the build arguments cannot be used: {error}",
                    hint="remove --target-dir, or make the folder writable",
                ) from None
            build.report(f"the compiled files of this build cannot be reused: {error}")
            destinations = [_temporary(stack, call) for call in build.compiles]
        try:
            yield destinations
        except (BackendError, Stopped):
            for session in sessions:
                with suppress(OSError):
                    session.failed()
            raise
        try:
            compiled = [session.finish() for session in sessions]
        except OSError as error:
            build.report(f"the compiled files of this build cannot be reused: {error}")
            return
    if any(compiled):
        _trim(build, cache_folder, sessions)


class _Waiting:
    """What is done while other builds hold locks: it is reported once for each, if it takes more than a moment."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.report = report
        self.holders: set[Path] = set()
        self.has_waited = False

    def __call__(self, holder: Path, seconds: float) -> None:
        self.has_waited = True
        if seconds > _WAIT and holder not in self.holders:
            self.holders.add(holder)
            self.report(f"waiting for another build in {holder}")


class _Chosen(NamedTuple):
    """A place for the compiles ``numbers``, not yet opened, and the :func:`context` for which it was chosen."""

    holder: Path
    name: str
    numbers: list[int]
    context: str


def _choose(
    build: Build, cache_folder: Path | None, numbers: list[int], memories: dict[Path, content.Memory]
) -> _Chosen:
    """Choose the place for compiles that share one; ``memories`` are those of the holders. Raises :class:`OSError`."""
    first = build.compiles[numbers[0]]
    if cache_folder:
        from . import cache

        holder, project = cache.holder(cache_folder), re.sub(r"[^a-z0-9]+", "-", build.name.lower()).strip("-") + "-"
    else:
        holder, project = (first.directory or first.graph.build_directory) / NAME, ""
        _make_holder(holder)
    if holder not in memories:
        memories[holder] = content.Memory(holder / place.DIGESTS)
    found = context(build, first, build.environ, memories[holder])
    name = _place_name(build, first, project, found)
    return _Chosen(holder=holder, name=name, numbers=numbers, context=found)


def _open(
    stack: ExitStack,
    build: Build,
    cache_folder: Path | None,
    sessions: list[Session],
    destinations: list[Destination],
) -> None:
    """Open and prepare the places of a build; fills ``sessions`` and ``destinations``. Raises :class:`OSError`."""
    chosen: list[_Chosen] = []
    memories: dict[Path, content.Memory] = {}
    for numbers in _groups(build).values():
        compiles = [build.compiles[number] for number in numbers]
        if compiles[0].elsewhere:  # this backend cannot change where cargo compiles
            _clean_elsewhere(compiles)
        else:
            chosen.append(_choose(build, cache_folder, numbers, memories))
    chosen = _with_own_names(chosen)
    waiting = _Waiting(build.report)
    # Two builds with the same places take their locks in the same order, so neither waits for the other for ever.
    for holder, name, numbers, found in sorted(chosen, key=lambda each: (os.path.realpath(each.holder), each.name)):
        compiles = [build.compiles[number] for number in numbers]
        opened = stack.enter_context(place.open_place(holder, name, partial(waiting, holder)))
        if cache_folder and not user_folder.is_private(opened.folder):
            opened.purge()  # others may have changed what is in it
        session = Session(build, opened, compiles, found, memories[holder])
        sessions.append(session)
        session.prepare()
        env = opened.environment(compiles[0])
        if build.python.configuration:
            from . import python

            if file := python.write(opened.folder, *build.python.configuration):
                env["PYO3_CONFIG_FILE"] = str(file)
        for number in numbers:
            target = opened.target if build.compiles[number].directory else None
            destinations[number] = Destination(
                env=env,
                directory=target,
                before_cargo=session.before_cargo,
                cargo_failed=session.cargo_failed,
                place=opened.folder,
            )
    for session in sessions:
        session.watch()  # every session has set the times in the tree that it needs
        if waiting.has_waited:
            session.compare_again()
    for memory in memories.values():
        memory.save()


def _with_own_names(chosen: Sequence[_Chosen]) -> list[_Chosen]:
    """The choices with a place for each, also for those that would have one name: they keep their order."""
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for choice in chosen:
        key = os.path.realpath(choice.holder), choice.name
        if counts[key]:
            label = choice.name.rpartition("-")[0]
            choice = choice._replace(name=f"{label}-{content.text_digest(choice.name, str(counts[key]))[:16]}")
        counts[key] += 1
        found.append(choice)
    return found


def _make_holder(holder: Path) -> None:
    """Create the holder for the places of a source tree, and cargo's target folder if it does not exist.

    As cargo does, put a tag into the target folder that excludes it from backups and sdists. Raises :class:`OSError`.
    """
    if not holder.parent.is_dir():
        holder.parent.mkdir(parents=True)
        (holder.parent / "CACHEDIR.TAG").write_text(user_folder.TAG, encoding="ascii")
    holder.mkdir(exist_ok=True)


def _clean_elsewhere(compiles: Sequence[Compile]) -> None:
    """Remove the path crates from the target folders that cargo's own arguments name."""
    for call in compiles:
        Clean(
            target=call.graph.target_directory,
            manifest=call.graph.manifest,
            names=call.packages,
            profiles=call.profiles,
            environ=call.environ,
            flags=call.flags,
        ).run()


def _temporary(stack: ExitStack, call: Compile) -> Destination:
    """A temporary, empty target folder, for a build whose place cannot be used."""
    import tempfile

    folder = tempfile.mkdtemp(prefix=f"{NAME}-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    build_dir = call.graph.build_directory != call.graph.target_directory
    return Destination(place.redirection(Path(folder), build_dir=build_dir))


def _trim(build: Build, cache_folder: Path | None, sessions: Sequence[Session]) -> None:
    """Remove old places. The wheel is already built, so errors are ignored."""
    with suppress(OSError):
        if cache_folder:
            from . import cache

            cache.trim(cache_folder, cache.limit(build.environ))
            return
        labels = Counter(
            (session.place.holder, session.place.folder.name.rpartition("-")[0], session.owner) for session in sessions
        )
        for (holder, label, owner), number in labels.items():
            places.keep_newest(holder, label, number * (1 + _OTHER_PLACES), owner)
