"""Where one build compiles: the tree's own target folder, the user's, or one from the compile cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from . import inputs, lock, target_folder
from .errors import NAME, BackendError, ToolchainError, say
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
    arguments: Sequence[str],
    pinned: bool,
) -> Work:
    """One compile as facts; see :class:`Work`. ``arguments`` are those of the build that cargo does not compare."""
    context = inputs.context(graphs[0].manifest.parent, rustc, environ, arguments) if graphs else ""
    return Work(tuple(graphs), tuple(profiles), context, environ, pinned)


class Reuse:
    """The choice for one build of the project in ``root``; ``cache`` is False for a second try without it."""

    def __init__(self, root: Path, *, cache: bool = True) -> None:
        self.root, self.cache = root, cache
        self.cached: Path | None = None
        self.opened: list[Folder] = []

    def _refused(self, settings: Settings, work: Work) -> str | None:
        """Why the compile cache plays no part; empty where nobody needs to hear of it."""
        if settings.compile_cache == "off" or not self.cache or not (self.root / "PKG-INFO").is_file():
            return ""
        for graph in work.graphs:
            if not graph.target_directory == graph.build_directory == graph.workspace / "target":
                return ""  # somebody has said where to compile
        from . import compile_cache

        if settings.compile_cache != "on" and compile_cache.off_because(work.environ):
            return ""
        compile_cache.limit(work.environ)  # a size that is none is an error before anything is compiled
        return compile_cache.usable(compile_cache.root(work.environ))

    def _kept(self, stack: ExitStack, name: str, work: Work) -> compile_cache.Kept:
        """A folder of the compile cache, locked and prepared. Raises :class:`OSError`."""
        from . import compile_cache

        locks = "|".join(sorted(graph.locked for graph in work.graphs))
        key = compile_cache.key(name, locks, work.context)
        kept = stack.enter_context(compile_cache.kept(compile_cache.root(work.environ), key))
        self.cached = kept.folder
        self.opened = [Folder(kept.folder, work.graphs, work, unpacked=True)]
        self.opened[0].prepare()
        return kept

    def _in_place(self, stack: ExitStack, work: Work) -> dict[str, str]:
        """Lock and prepare the target folders that cargo uses anyway; the variables that send it elsewhere where those
        do not fit. Raises :class:`OSError`.
        """
        folders: dict[Path, list[Graph]] = {}
        for graph in work.graphs:
            folders.setdefault(graph.build_directory, []).append(graph)
        env: dict[str, str] = {}
        self.opened = []
        for place, graphs in folders.items():
            one = len(folders) == 1 and not work.pinned
            fitting = target_folder.for_context(place, work.context) if one else place
            if fitting != place:
                env = _redirected(work, fitting)
            target_folder.make(fitting)
            with suppress(OSError):  # a file system without locks: cargo goes on without one there, too
                stack.enter_context(lock.held(fitting / f".{NAME}.lock"))
            self.opened.append(Folder(fitting, graphs, work))
            self.opened[-1].prepare()
        return env

    def _elsewhere(self, stack: ExitStack, work: Work, error: OSError) -> dict[str, str]:
        """The variables for a compile from nothing, because what cargo has could not be compared or cleaned."""
        self.opened = []
        if work.pinned:
            raise ToolchainError(
                f"the target folder of the build arguments cannot be used: {error}",
                hint="take --target-dir out, or make the folder writable",
            ) from None
        say(f"{NAME}: what is compiled now cannot be used again: {error}")
        return _redirected(work, Path(stack.enter_context(TemporaryDirectory(prefix=f"{NAME}-"))))

    @contextmanager
    def folder(self, settings: Settings, name: str, work: Work) -> Iterator[dict[str, str]]:
        """Give the environment for the compile in the block; what it leaves is recorded when the block ends well.

        ``name`` is the project's.
        """
        if not work.graphs:
            yield {}
            return
        why = self._refused(settings, work)
        if why:
            say(f"{NAME}: without the compile cache: {why}")
        with ExitStack() as stack:
            kept = None
            if why is None:
                try:
                    kept = self._kept(stack, name, work)
                except OSError as error:
                    say(f"{NAME}: without the compile cache: {error}")
            if kept:
                env = {"CARGO_TARGET_DIR": str(kept.folder)}
            else:
                try:
                    env = self._in_place(stack, work)
                except OSError as error:
                    env = self._elsewhere(stack, work, error)
            known = kept.files if kept else {}
            try:
                yield env
            except BackendError:
                if kept:  # cargo came to its own end, so what it finished is good
                    with suppress(OSError):
                        kept.finish()
                raise
            try:
                for one in self.opened:
                    one.finish()
                if kept:
                    kept.finish()
            except OSError as error:
                say(f"{NAME}: what was compiled cannot be used again: {error}")
        if kept and kept.files != known:
            with suppress(OSError):  # the wheel is made; a cache that is gone by now need not be trimmed
                kept.trim(work.environ)

    def full(self) -> bool:
        """Whether a failed compile may have failed for the room beneath the cache."""
        try:
            return self.cached is not None and shutil.disk_usage(self.cached).free < _FULL
        except OSError:
            return True


def _redirected(work: Work, folder: Path) -> dict[str, str]:
    """The variables that let cargo compile in ``folder``."""
    apart = any(graph.build_directory != graph.target_directory for graph in work.graphs)
    return {"CARGO_TARGET_DIR": str(folder), **({"CARGO_BUILD_BUILD_DIR": str(folder)} if apart else {})}
