"""Chooses the places of a build, and holds their locks."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import NAME
from . import content, environment, place, user_folder
from .place import Compile, Place
from .request import Build, context

_WAIT = 3  # seconds to wait for another build before that is reported


class Choice(NamedTuple):
    """A place for the compiles ``numbers``, not yet opened, and the :func:`context` for which it was chosen."""

    holder: Path
    name: str
    numbers: list[int]
    context: str


def hold(
    stack: ExitStack, build: Build, cache_folder: Path | None
) -> tuple[list[tuple[Choice, Place]], dict[Path, content.Memory]]:
    """Choose the places of a build, and hold their locks until ``stack`` is closed. Raises :class:`OSError`.

    Returns the places, and the memory of each holder. While a build waits for another one, what its choice depends on
    can change. Then it chooses again.
    """
    waiting = _Waiting(build.report)
    while True:
        waiting.has_waited = False
        choices, memories = _choices(build, cache_folder)
        with ExitStack() as locks:
            try:
                held = _opened(locks, choices, waiting)
            except FileNotFoundError:
                if waiting.has_waited:  # the target folder has been removed meanwhile
                    continue
                raise
            if not waiting.has_waited or _choices(build, cache_folder)[0] == choices:
                stack.enter_context(locks.pop_all())
                return held, memories


def _opened(locks: ExitStack, choices: Sequence[Choice], waiting: _Waiting) -> list[tuple[Choice, Place]]:
    """Open the places, and hold their locks until ``locks`` is closed. Raises :class:`OSError`.

    Two builds with the same places take their locks in the same order, so neither waits for the other for ever.
    """
    held = []
    for choice in sorted(choices, key=lambda choice: (os.path.realpath(choice.holder), choice.name)):
        opened = place.open_place(choice.holder, choice.name, partial(waiting, choice.holder))
        held.append((choice, locks.enter_context(opened)))
    return held


def _choices(build: Build, cache_folder: Path | None) -> tuple[list[Choice], dict[Path, content.Memory]]:
    """A place for each group of compiles, and the memories of their holders. Raises :class:`OSError`."""
    memories: dict[Path, content.Memory] = {}
    groups = [numbers for numbers in _groups(build).values() if not build.compiles[numbers[0]].elsewhere]
    return _with_own_names([_choose(build, cache_folder, numbers, memories) for numbers in groups]), memories


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
    constant = environment.constant(build.root, sys.base_prefix) if call.own else str
    own = repr([(name, constant(value)) for name, value in call.own if value is not None])
    digest = content.text_digest(chosen, build.python.identity, *workspace, own, project, locked, vendored)
    return f"{project}{build.python.label}-{digest[:16]}"


def _choose(
    build: Build, cache_folder: Path | None, numbers: list[int], memories: dict[Path, content.Memory]
) -> Choice:
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
    return Choice(holder=holder, name=name, numbers=numbers, context=found)


def _with_own_names(chosen: Sequence[Choice]) -> list[Choice]:
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


def _make_holder(holder: Path) -> None:
    """Create the holder for the places of a source tree, and cargo's target folder if it does not exist.

    As cargo does, put a tag into the target folder that excludes it from backups and sdists. Raises :class:`OSError`.
    """
    if not holder.parent.is_dir():
        holder.parent.mkdir(parents=True)
        (holder.parent / "CACHEDIR.TAG").write_text(user_folder.TAG, encoding="ascii")
    holder.mkdir(exist_ok=True)
