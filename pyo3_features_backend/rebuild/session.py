"""What one place has to forget before a compile, and the record of the compile after it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from . import content, environment, inputs
from .place import Compile, Place


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
    answer of ``rustc -vV``, ``arguments`` the build arguments that cargo does not take into account itself.
    ``report`` takes a line for the user.
    """

    root: Path
    name: str
    compile_cache: str
    environ: Mapping[str, str]
    rustc: str
    arguments: tuple[str, ...]
    python: Python
    compiles: tuple[Compile, ...]
    report: Callable[[str], None]

    @property
    def unpacked(self) -> bool:
        """Whether the source is not anybody's to work in, but an sdist that a front end unpacked."""
        return (self.root / "PKG-INFO").is_file()


class Session:
    """One place in one build: what cargo has to forget before the compile, and the record of it after."""

    def __init__(self, build: Build, kept: Place, compiles: Sequence[Compile], memory: content.Memory) -> None:
        self.build, self.kept, self.compiles = build, kept, compiles
        self.root = str(build.root.resolve())
        self.old = kept.state.record
        folders = {str(d) for one in compiles for d in (one.graph.target_directory, one.graph.build_directory)}
        self.left = inputs.Left(str(kept.holder), frozenset(folders))
        self.digests = content.Digests(self.old.get("files"), self.old.get("recorded"))
        # A place within the tree serves that tree alone, wherever it came from.
        self.unpacked = build.unpacked and not inputs.is_within(str(kept.holder), self.root)
        self.owner = "an unpacked sdist" if self.unpacked else self.root
        environ = {**build.environ, **{name: value for one in compiles for name, value in one.own}}
        self.environment = environment.digest(environ, build.root, memory)
        self.vendored = self._vendored()
        self.tree: inputs.Tree | None = None
        if self.unpacked and all(
            inputs.is_within(str(p.folder), self.root) for one in compiles for p in one.graph.local
        ):
            self.tree = inputs.tree(build.root, self.digests)
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
        crates = {name for one in self.compiles for name in one.crates}
        record.update(self._inputs(inputs.listed(outputs, crates)), files=self.digests.seen, recorded=self.begun)
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
        outside = {name for name in (*listed, *hidden) if not any(inputs.is_within(name, folder) for folder in looked)}
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
