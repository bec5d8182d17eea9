"""Where one build compiles: the tree's own target folder, the user's, or one from the compile cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from . import inputs, lock, target_folder
from .crates import triples_of
from .errors import NAME, BackendError, say
from .graph import Graph
from .settings import Settings
from .target_folder import Folder, Work

if TYPE_CHECKING:  # imported only where an sdist is built
    from . import compile_cache

_FULL = 64 << 20  # bytes: with less than this free, a failed compile is taken to have failed for it


def work(
    graphs: Sequence[Graph],
    rustc: str,
    environ: Mapping[str, str],
    *,
    profiles: Sequence[str],
    triple: str | None,
    flags: Sequence[str],
    arguments: Sequence[str],
) -> Work:
    """One compile as facts; see :class:`Work`. ``arguments`` are those of the build that cargo does not compare."""
    context = inputs.context(graphs[0].manifest.parent, rustc, environ, arguments) if graphs else ""
    return Work(tuple(graphs), tuple(profiles), tuple(triples_of(triple)), tuple(flags), context, environ)


class Reuse:
    """The choice for one build of the project in ``root``; ``cache`` is False for a second try without it."""

    def __init__(self, root: Path, *, cache: bool = True) -> None:
        self.root, self.cache = root, cache
        self.cached: Path | None = None

    def _refused(self, settings: Settings, work: Work, explicit: str | None) -> str | None:
        """Why the compile cache plays no part; empty where nobody needs to hear of it."""
        if settings.compile_cache == "off" or not self.cache or not (self.root / "PKG-INFO").is_file():
            return ""
        if explicit or any(graph.target_directory != graph.workspace / "target" for graph in work.graphs):
            return ""  # somebody has said where to compile
        if any(graph.build_directory != graph.target_directory for graph in work.graphs):
            return ""
        from . import compile_cache

        on = settings.compile_cache == "on"
        why = None if on else compile_cache.off_because(work.environ)
        if why:
            return ""
        return compile_cache.usable(compile_cache.root(work.environ))

    def _places(self, stack: ExitStack, work: Work, explicit: str | None) -> tuple[list[Folder], dict[str, str]]:
        """The target folders that cargo uses anyway, locked, and what sends it to others where those do not fit."""
        folders: dict[Path, list[Graph]] = {}
        for graph in work.graphs:
            place = Path(explicit) if explicit else graph.target_directory
            folders.setdefault(self.root / place, []).append(graph)
        env: dict[str, str] = {}
        opened = []
        for place, graphs in folders.items():
            fitting = place if explicit or len(folders) > 1 else target_folder.for_context(place, work.context)
            if fitting != place:
                env["CARGO_TARGET_DIR"] = str(fitting)
                if graphs[0].build_directory != graphs[0].target_directory:
                    env["CARGO_BUILD_BUILD_DIR"] = str(fitting)
            target_folder.make(fitting)
            with suppress(OSError):  # a file system without locks: cargo goes on without one there, too
                stack.enter_context(lock.held(fitting / f".{NAME}.lock"))
            opened.append(Folder(fitting, graphs, work))
        return opened, env

    def _kept(self, stack: ExitStack, name: str, work: Work) -> compile_cache.Kept | None:
        """A folder of the compile cache, locked; None, and a word about it, if that fails."""
        from . import compile_cache

        locks = "|".join(sorted(graph.locked for graph in work.graphs))
        key = compile_cache.key(name, locks, work.context)
        try:
            return stack.enter_context(compile_cache.kept(compile_cache.root(work.environ), key))
        except OSError as error:
            say(f"{NAME}: without the compile cache: {error}")
            return None

    @contextmanager
    def folder(
        self, settings: Settings, name: str, work: Work, explicit: str | None = None
    ) -> Iterator[dict[str, str]]:
        """Give the environment for the compile in the block; what it leaves is recorded when the block ends well.

        ``name`` is the project's, ``explicit`` is a --target-dir of the build arguments.
        """
        if not work.graphs:
            yield {}
            return
        why = self._refused(settings, work, explicit)
        if why:
            say(f"{NAME}: without the compile cache: {why}")
        with ExitStack() as stack:
            kept = self._kept(stack, name, work) if why is None else None
            opened, env = [], {}
            try:
                if kept:
                    self.cached = kept.folder
                    opened = [Folder(kept.folder, work.graphs, work, unpacked=True)]
                    env = {"CARGO_TARGET_DIR": str(kept.folder)}
                else:
                    opened, env = self._places(stack, work, explicit)
                for one in opened:
                    one.prepare()
            except OSError as error:  # no room, or not to be written: cargo says so, too, if it minds
                say(f"{NAME}: what is compiled now cannot be used again: {error}")
                opened = []
            known = dict(kept.files) if kept else {}
            try:
                yield env
            except BackendError:
                if kept:  # cargo came to its own end, so what it finished is good
                    with suppress(OSError):
                        kept.finish()
                raise
            try:
                for one in opened:
                    one.finish()
                if kept:
                    kept.finish()
            except OSError as error:
                say(f"{NAME}: what was compiled cannot be used again: {error}")
        if kept and kept.files != known:
            kept.trim(work.environ)

    def full(self) -> bool:
        """Whether a failed compile may have failed for the room beneath the cache."""
        try:
            return self.cached is not None and shutil.disk_usage(self.cached).free < _FULL
        except OSError:
            return True
