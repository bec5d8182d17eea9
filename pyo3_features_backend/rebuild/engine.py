"""Chooses the folders in which a build compiles, and what of an earlier compile it uses again.

A wheel must always be the same as one from a build that starts with nothing, so whatever may have changed is compiled
again. Published crates are identified by name, version, features and :func:`machine.context`; cargo decides the rest.
The project's own crates compile quickly, so they are used again only if

- in an unpacked sdist, no file of the tree has changed;
- in a source tree, no input that cargo lists has changed, or it is so new that cargo notices the change itself;
- no variable that they can read has changed.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..errors import NAME, BackendError, SettingsError, Stopped, ToolchainError
from ..facts.files import remove
from ..model.compile import Destination
from . import choice, place, places, user_folder
from .clean import Clean
from .place import Compile
from .request import Build
from .session import Session

_FULL = 64 << 20  # bytes; if less than this is free, a compile may have failed because the disk is full
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
    try:
        folder = user_folder.root(build.environ)
    except SettingsError as error:
        return None, error.message
    for removed in cache.discard_open(folder):
        build.report(removed)
    cache.limit(build.environ)  # an invalid size is an error before anything is compiled
    why = user_folder.prepare(folder, cache.FOLDER)
    return (None, why) if why else (folder, "")


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
            yield destinations
            try:
                compiled = [session.finish() for session in sessions]
            except OSError as error:
                build.report(f"the compiled files of this build cannot be reused: {error}")
                return
        except (BackendError, Stopped):
            for session in sessions:
                with suppress(OSError):
                    session.failed()
            raise
    if any(compiled):
        _trim(build, cache_folder, sessions)


def _open(
    stack: ExitStack,
    build: Build,
    cache_folder: Path | None,
    sessions: list[Session],
    destinations: list[Destination],
) -> None:
    """Open and prepare the places of a build; fills ``sessions`` and ``destinations``. Raises :class:`OSError`."""
    for call in build.compiles:
        if call.elsewhere:  # this backend cannot change where cargo compiles
            _clean_elsewhere(call)
    held, memories = choice.hold(stack, build, cache_folder)
    for (holder, _, numbers, found), opened in held:
        compiles = [build.compiles[number] for number in numbers]
        if cache_folder and not opened.is_private():
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
    for memory in memories.values():
        memory.save()


def _clean_elsewhere(call: Compile) -> None:
    """Remove the path crates from the target folder that cargo's own arguments name."""
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
    stack.callback(remove, Path(folder))
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
