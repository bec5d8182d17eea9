"""Decides what cargo must compile again in one place, and records the compile after it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ..errors import ToolchainError
from ..facts.files import without_parents
from . import content, environment, inputs, interpreter, python
from .place import Compile, Place
from .request import Build, context


class Session:
    """One place in one build. Call :meth:`prepare` before the compile, and :meth:`finish` if it succeeds."""

    def __init__(
        self, build: Build, place: Place, compiles: Sequence[Compile], chosen: str, memory: content.Memory
    ) -> None:
        """``chosen`` is the :func:`context` for which the place was chosen."""
        self.build, self.place, self.compiles, self.context = build, place, compiles, chosen
        self.root = str(build.root.resolve())
        self.previous = place.state.record
        targets = {str(d) for call in compiles for d in (call.graph.target_directory, call.graph.build_directory)}
        self.excluded = inputs.Excluded(str(place.holder), frozenset(targets))
        self.digests = content.Digests(self.previous.get("files"), self.previous.get("recorded"))
        self.memory = memory
        # A place inside the source tree is only for that tree, even if the tree is an unpacked sdist.
        self.unpacked = build.unpacked and not inputs.is_within(str(place.holder), self.root)
        self.owner = place.owner = "an unpacked sdist" if self.unpacked else self.root
        self.environ = compiles[0].with_own(build.environ)  # the compiles of one place have the same variables
        # The folders from which relative names count: cargo runs a build script in the folder of its package, and rustc
        # in that of the workspace.
        local = [package.folder for call in compiles for package in call.graph.local if not package.vendored]
        workspaces = [*inputs.workspaces(local), *(call.graph.workspace for call in compiles)]
        self.folders = list(dict.fromkeys([build.root, *local, *workspaces]))
        self.scripts = [script for call in compiles for script in call.graph.scripts if script.local]
        self.sees_python = any(map(python.sees, self.scripts))
        self.environment = self._environment(self.environ, memory)
        self.packages = sorted({name for call in compiles for name in call.packages})
        self.vendored = self._vendored(self.digests)
        self.features = content.text_digest(*(f"{call.profiles} {call.flags} {call.features}" for call in compiles))
        self.tree: inputs.Tree | None = None
        if self.unpacked and all(
            package.vendored or inputs.is_within(str(package.folder), self.root)
            for call in compiles
            for package in call.graph.local
        ):
            self.tree = inputs.tree(build.root, self.digests)
        self.names: list[str] = []
        self.reused = False
        self.metadata = ""
        self.started = 0
        self.artefacts_before: set[tuple[str, int, int]] = set()
        self.environment_changed = False
        self.is_unknown = False
        self.has_begun = False  # cargo has been called
        self.has_failed = False

    def prepare(self) -> None:
        """Remove what may have to be compiled again, and record that a build is running."""
        ended, previous = self.place.state.ended, self.previous
        if (
            not ended
            or previous.get("unknown")
            or previous.get("vendored", "") != self.vendored
            or interpreter.is_changed(self.place.folder)
        ):
            self.place.renew()
        elif ended == "badly" or not self._is_unchanged():
            self.place.end("badly", {"vendored": self.vendored})  # if this is interrupted, they are removed again
            self.place.clean(self.compiles)
        else:
            self.names = previous["names"]
            self.reused = True
            if self.tree:
                known = previous.get("times", {})
                times = {name: known.get(name, time) for name, time in self.tree.times.items()}
                self.tree = self.tree._replace(times=times)
                inputs.restore_times(self.build.root, times)
        self.artefacts_before = self._artefacts()
        self.started = self.place.begin(self.compiles)

    def watch(self) -> None:
        """Notice what changes in the tree from now on. Raises :class:`OSError`."""
        self.metadata = inputs.metadata(self.build.root) if self.tree else ""

    def before_cargo(self, environ: Mapping[str, str], added: Collection[str], *, changed: bool) -> None:
        """Compare everything again just before cargo is called, because setup.py can change it until then.

        ``environ`` is the environment that cargo gets, ``added`` are the variables that this backend added, and
        ``changed`` says that the arguments are not those of the plan. Raises :class:`ToolchainError`.
        """
        given = {name: value for name, value in environ.items() if name not in added}
        given.update({name: self.environ[name] for name in {*added} & self.environ.keys()})
        digests = content.Digests(self.memory.seen, self.memory.started)
        now = context(self.build, self.compiles[0]._replace(own=()), given, digests)
        vendored = self.vendored
        if not self.has_begun:  # a script of such a crate may write there
            vendored = self._vendored_now()
        self.has_begun = True
        target = self.place.target
        try:
            if (now, vendored) != (self.context, self.vendored) or (changed and not self.is_unknown):
                # This place is not for that. Nothing in it is used, in this build or in another one.
                self.context, self.vendored, self.is_unknown, self.reused = now, vendored, True, False
                self.place.empty()
                return
            self.environment_changed |= not environment.is_same(self._environment(given, digests), self.environment)
            if not (self.reused and (self.environment_changed or self._has_changed_since())):
                return
            self.reused, self.names = False, []
            self.place.clean(self.compiles)
        except OSError as error:
            raise ToolchainError(f"{target} cannot be cleaned: {error}", hint="remove this folder") from None
        if self.place.target != target and target.exists():  # cargo has been told to compile there
            raise ToolchainError(f"{target} cannot be removed", hint="remove this folder, and build again")

    def _has_changed_since(self) -> bool:
        """Whether a file that counts has changed since :meth:`prepare`."""
        try:
            if self.tree and inputs.metadata(self.build.root) != self.metadata:
                return True
        except OSError:
            return True
        digests = content.Digests(self.previous.get("files"), self.previous.get("recorded"))
        changed = self._are_inputs_changed(digests)
        self.digests.seen.update(digests.seen)
        return changed

    def _environment(self, environ: Mapping[str, str], digests: content.Digests) -> str:
        """A digest of what the project's own crates can depend on, beside their files and :func:`context`.

        That includes each Cargo.toml, also those above a package, where its workspace may be: build scripts read what
        cargo sets from them (CARGO_PKG_*), and cannot say so. The interpreter of a place is in its folder.
        """
        folders = dict.fromkeys(above for folder in self.folders for above in (folder, *folder.parents))
        files = [folder / "Cargo.toml" for folder in folders]
        manifests = [content.hashed(str(file)) for file in files if file.is_file()]
        where = os.path.realpath(self.place.folder)
        seen = f"{environment.packages()} {self.build.python.path} {where}" if self.sees_python else ""
        variables = environment.digests(environ, self.folders, digests)
        return " ".join(content.text_digest(digest, *manifests, seen) for digest in variables)

    def _vendored(self, digests: content.Digests) -> str:
        """A digest of the vendored packages, which the user can edit, but which cargo treats as published."""
        packages = [package for call in self.compiles for package in call.graph.local if package.vendored]
        files = inputs.files(sorted({str(package.folder) for package in packages}), self.excluded)
        # An sdist is unpacked in another folder each time, and packages outside it stay where they are.
        inside = self.root + os.sep
        lines = [name.removeprefix(inside) + digests.of(name) for name in files]
        return content.text_digest(*lines) if lines else ""

    def _vendored_now(self) -> str:
        """The digest of the vendored packages again, after the place was chosen."""
        return self._vendored(content.Digests(self.digests.seen, self.memory.started))

    def _is_unchanged(self) -> bool:
        """Whether nothing has changed that cargo would not notice in the project's own crates."""
        old = self.previous
        if old.get("names") is None or old.get("owner") != self.owner:
            return False
        if not environment.is_same(old.get("environment") or "", self.environment):
            return False
        if self.unpacked:
            # In another folder, only what cargo does not compile again is known not to be of two folders.
            moved = old.get("root") != self.root and (old.get("rooted", True) or old.get("features") != self.features)
            if moved or self.tree is None or old.get("tree") != self.tree.digest:
                return False
        # A package that the last build did not have was not cleaned with the others.
        return set(self.packages) <= set(old.get("packages", ())) and not self._are_inputs_changed(self.digests)

    def _are_inputs_changed(self, digests: content.Digests) -> bool:
        """Whether an input of the last build has changed, and cargo does not notice it."""
        old = self.previous
        before = set(old.get("inputs", ()))
        # cargo runs a build script again in a folder with the files that it has written before.
        packed = any(call.packs_out_dir for call in self.compiles)
        unseen_until = sys.maxsize if packed else self.place.state.at
        return inputs.changed_unseen(old["names"], digests, before, unseen_until, self.excluded)

    def _artefacts(self) -> set[tuple[str, int, int]]:
        """The artefacts, as (path, size, modification time in ns)."""
        files = [file for folder in self.place.outputs(self.compiles) for file in folder.iterdir() if file.is_file()]
        return {(str(file), status.st_size, status.st_mtime_ns) for file in files for status in [file.stat()]}

    def finish(self) -> bool:
        """Record a build that succeeded; returns whether it compiled anything."""
        if self.has_failed:
            self.failed()
            return True
        outputs = self.place.outputs(self.compiles)
        made, _ = inputs.artefacts(outputs)
        compiled = self._artefacts() != self.artefacts_before
        # If an artefact is missing, cargo has compiled in a folder that is not known here.
        if (
            self.is_unknown
            or not all(any(inputs.is_artefact_of(name, call.crates) for name in made) for call in self.compiles)
            or (compiled and self._vendored_now() != self.vendored)
        ):
            self.place.end("well", {"unknown": True})
            return True
        record: dict[str, Any] = {"owner": self.owner, "vendored": self.vendored, "packages": self.packages}
        record["features"] = self.features
        record["environment"] = None if self.environment_changed else self.environment
        crates = {name for call in self.compiles for name in call.crates}
        listed = inputs.listed(outputs, crates)
        record.update(self._inputs(listed, compiled=compiled), files=self.digests.seen, recorded=self.started)
        if self.unpacked:
            from . import folder, scripts  # have patterns that a build in a source tree does not need

            # An artefact of another profile, which this build has not made, is still there.
            before = self.reused and bool(self.previous.get("rooted", True))
            tree = self.tree or inputs.Tree("", {})
            # A build script can write what it reads into a source.
            read = {os.path.basename(word) for script in self.scripts for word in scripts.words(script)}
            sources = [name for name in tree.times if name.endswith(".rs") or os.path.basename(name) in read]
            sources = [*(os.path.join(self.root, name) for name in sources), *(listed or ())]
            rooted = before or (compiled and folder.is_seen(self.build, self.compiles, sources, outputs))
            root = self.root if compiled or not self.reused else self.previous["root"]
            record.update(root=root, rooted=rooted, tree=tree.digest, times=tree.times)
        self.place.end("well", record)
        return compiled

    def _inputs(self, listed: list[str] | None, *, compiled: bool) -> dict[str, Any]:
        """The record of the inputs: ``names`` and ``inputs``, the files of the names.

        ``names`` is None if the inputs are not known. ``compiled`` says whether cargo may have read any.
        """
        several = len({call.crates for call in self.compiles}) < len(self.compiles)
        if listed is None or several:  # two artefacts with one name overwrite each other's dep-info
            return {"names": None}
        # A build script wrote into the sdist, where the next build does not find it: the script has to run again.
        if self.tree and inputs.metadata(self.build.root) != self.metadata:
            return {"names": None}
        # The tree of an unpacked sdist is compared as a whole, so only files outside it are listed.
        covered = [self.excluded.build_folder, *([self.root] if self.unpacked else [])]
        hidden = [
            str(package.folder) + os.sep for call in self.compiles for package in call.graph.local if package.hidden
        ]
        outside = {
            name
            for name in (*listed, *hidden)
            if not any(inputs.is_within(without_parents(name), folder) for folder in covered)
        }
        # Keep the earlier names: cargo keeps artefacts that it compiled with other features or in another profile.
        names = sorted({*outside, *self.names})
        files = list(inputs.files(names, self.excluded))
        for name in files if compiled else ():
            self.digests.seen.pop(name, None)  # it was looked at before the compile
        entries = [self.digests.entry(name) for name in files]
        # A file that was written during the compile: it is not known which content the compiler read.
        racy = any(entry[2] >= self.started for entry in entries if entry[-1] not in (content.MISSING, content.FOLDER))
        return {"names": None} if racy else {"names": names, "inputs": files}

    def cargo_failed(self) -> None:
        """A call of cargo has failed; the build can go on, because an extension can be optional."""
        self.has_failed = True

    def failed(self) -> None:
        """Record a compile that failed, if it began. Raises :class:`OSError`."""
        if not self.started:
            return
        unknown = self.is_unknown or self._vendored_now() != self.vendored
        self.place.end("badly", {"unknown": True} if unknown else {"vendored": self.vendored})
