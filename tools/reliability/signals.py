"""SIGKILL and SIGTERM at random points of every hook; after each one the next build has to give the right wheel."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from . import hooks
from .hooks import Tree


class Stop(NamedTuple):
    """One stop: ``late`` says that the hook had ended before. ``wrong`` lists what did not hold."""

    hook: str
    delegate: str
    signal: str
    late: bool
    wrong: tuple[str, ...]


class _Stopper:
    """One project in which hooks are stopped; ``taken`` is how long each hook takes."""

    def __init__(self, tree: Tree, chance: random.Random) -> None:
        self.tree, self.chance = tree, chance
        self.taken: dict[str, float] = {}
        # No front end makes an sdist of an unpacked sdist, and maturin refuses: there is a PKG-INFO already.
        self.names = tuple(name for name in hooks.NAMES if not (tree.unpacked and name == "build_sdist"))
        for hook in self.names:
            tree.edit(chance.randrange(1000))
            started = time.monotonic()
            ended = tree.run(hook)
            self.taken[hook] = time.monotonic() - started
            if wrong := tree.wrong(ended, hook):
                raise RuntimeError(f"{tree.delegate}, {hook}, before anything was stopped: {wrong}")
            tree.forget(ended.dist)

    def stop(self, hook: str, number: signal.Signals) -> Stop:
        """Stop one hook, and build."""
        tree = self.tree
        if self.chance.random() < 0.8:
            tree.edit(self.chance.randrange(1000))
        before = tree.snapshot()
        for attempt in range(4):
            dist = Path(tempfile.mkdtemp(prefix="dist-", dir=tree.where))
            started = time.monotonic()
            process = tree.start(hook, dist, tree.environ())
            time.sleep(self.chance.random() * self.taken[hook])
            late = process.poll() is not None
            if not late or attempt == 3:
                break
            # The machine is quicker than it was; this one has ended by itself.
            self.taken[hook] = (self.taken[hook] + time.monotonic() - started) / 2
            tree.ended(process, dist)
            tree.forget(dist)
        # A person stops the group (Ctrl-C, a closed terminal), and a job's limit or the system one process.
        whole = self.chance.random() < 0.3
        with suppress(OSError):
            os.killpg(process.pid, number) if whole else os.kill(process.pid, number)
        ended = tree.ended(process, dist)
        self.taken[hook] = max(self.taken[hook], time.monotonic() - started)
        wrong = [*self._after(ended, process.pid, number)]
        if tree.snapshot() != before and not tree.unpacked:
            old, new = before.items(), tree.snapshot().items()
            wrong.append(f"the source tree is another one: {sorted({name for name, _ in old ^ new})}")
        # What a killed hook started may still compile now, and the next build has to cope with it.
        if self.chance.random() < 0.5:
            hooks.end_session(process.pid)
        if tree.unpacked:
            tree.edit(tree.number)
        if failed := tree.wrong(built := tree.run()):
            wrong.append(f"the next build: {failed}")
        hooks.end_session(process.pid)
        tree.forget(built.dist)
        tree.forget(dist)
        return Stop(hook, tree.delegate, number.name, late, tuple(wrong))

    def _after(self, ended: hooks.Ended, leader: int, number: signal.Signals) -> list[str]:
        """What is wrong as soon as a hook has ended."""
        wrong = []
        if ended.status not in (0, -number):
            wrong.append(f"exit status {ended.status}: {ended.said.strip()[-600:]}")
        if number != signal.SIGTERM:
            return wrong
        if "Traceback" in ended.said and "KeyboardInterrupt" not in ended.said:
            wrong.append(f"a traceback: {ended.said.strip()[-600:]}")
        time.sleep(0.05)  # what was killed takes a moment to be gone
        if left := list(hooks.session(leader)):
            names = [_name(process) for process in left]
            wrong.append(f"processes are left: {names}")
        if files := sorted(entry.name for entry in self.tree.temporary.iterdir()):
            wrong.append(f"temporary files are left: {files}")
        if half := self.tree.wrong_results(ended.dist, answers=False):
            wrong.append(half)
        return wrong


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:120]
    except OSError:
        return str(process)


def run(where: Path, count: int, seed: int, until: float) -> list[Stop]:
    """``count`` stops with each signal over all hooks, both delegates, source trees and unpacked sdists."""
    chance = random.Random(seed)
    stoppers = [
        _Stopper(Tree(where, delegate, unpacked=unpacked), chance)
        for delegate in hooks.DELEGATES
        for unpacked in (False, True)
    ]
    stops: list[Stop] = []
    for turn in range(count):
        stopper = stoppers[turn % len(stoppers)]
        # The two that compile come twice as often.
        names = [*stopper.names, "build_wheel", "build_editable"]
        for number in (signal.SIGKILL, signal.SIGTERM):
            if time.monotonic() > until:
                return stops
            stop = stopper.stop(names[turn // len(stoppers) % len(names)], number)
            stops.append(stop)
            for wrong in stop.wrong:
                print(f"    {stop.signal}, {stop.delegate}, {stop.hook}: {wrong}", flush=True)
        if turn % 10 == 9:
            print(f"stops: {len(stops)} of {2 * count}", flush=True)
    return stops
