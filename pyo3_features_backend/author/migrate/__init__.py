"""A maturin or setuptools-rust project turned into one that uses this backend.

:func:`prepare` reads the project and says what would change, :func:`write.write` writes it. What cannot be done surely
is not done: it is among the notes, with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...build.gather import Facts
from ...decide import abi, pyo3
from ...errors import Place
from ...facts import project
from ...facts.project import FILE, Project
from ...model.crate import Crate
from ...model.target import Target
from ...model.version import Python
from ..sources import hardcoded, manifests, setup_py, toml_edit
from ..sources.feature_graph import off_by_default
from ..sources.hardcoded import Hardcoded
from ..sources.manifests import Manifest
from ..sources.rust_sources import gates
from ..sources.setup_py import Literal, SetupPy
from . import build_system, own_table, pyproject, setup_files, tables
from .changes import Change, Migration, Note, read_text
from .compare import narrower, side_of
from .copied import Copy
from .tables import Edit

__all__ = ["Change", "Migration", "Note", "prepare"]


def prepare(root: Path, python: str | Target | None = None) -> Migration:
    """What `migrate` would do to the project in ``root``; nothing is written.

    ``python`` is the interpreter whose wheel is shown before and after. Raises a :class:`BackendError` for a project
    that cannot be migrated.
    """
    toml_edit.needed()
    found = _load(root)
    setup = setup_py.load(root)
    kind = build_system.delegate(found, setup)
    starts = manifests.extension_manifests(found, setup)
    written = manifests.read_all(root, starts)
    with Copy(root, written) as copy:
        before = side_of(copy.root, python, kind)
        crates: dict[Path, Crate] = {}
        if before.facts:
            crates = {copy.original(one.manifest): one for one in before.facts.crates if one}
            written = manifests.read_all(root, [*starts, *crates])  # a setup.py can compute the paths of its crates
        work = _Work(found, setup, kind, written, before.facts, crates)
        changes = work.changes()
        copy.apply(changes)
        after = side_of(copy.root, python) if changes else before
    now = before.as_today(found)
    return Migration(root, kind, tuple(changes), tuple(work.notes), now, after, narrower(now, after))


def _load(root: Path) -> Project:
    """The project; one that has only a setup.py gets its pyproject.toml from us."""
    if not (root / FILE).exists() and (root / setup_py.FILE).is_file():
        return Project(root, {}, "")
    return project.load(root)


class _Work:
    """The changes of one project, file by file, and the notes on what is left to do."""

    def __init__(
        self,
        found: Project,
        setup: SetupPy,
        kind: str,
        written: list[Manifest],
        facts: Facts | None,
        crates: Mapping[Path, Crate],
    ) -> None:
        self.project, self.setup, self.kind, self.written = found, setup, kind, written
        self.facts, self.crates = facts, crates
        self.hardcoded = hardcoded.find(found, setup, written)
        if crates and not any(one.pyo3 for one in crates.values()):
            self.hardcoded = []  # py_limited_api of a wheel without PyO3 is not ours to decide
        self.gates = {one.shown: gates(one) for one in written if one.name}
        self.notes: list[Note] = []
        self.with_abi3: list[str] = []

    def changes(self) -> list[Change]:
        """What each file becomes, in the order of the files' names; only those that change."""
        texts: list[Change | None] = [self._manifest(one) for one in self.written]
        edits = [edit for one in self.hardcoded if (edit := self._pyproject_edit(one))]
        texts += [self._setup_py(), self._setup_cfg()]
        for one in self.hardcoded:
            if one.where == "crate-feature" and one.kind != "extension-module":
                self._gated(one)
        texts.append(self._pyproject(edits))
        return [one for one in texts if one and one.before != one.after]

    def _manifest(self, one: Manifest) -> Change:
        edits = []
        for entry in self.hardcoded:
            if entry.place.file != one.shown or entry.through or _left(entry):
                continue
            # A feature of the crate stays, empty: code may be gated by it, and somebody may ask for it by name.
            what = "take out" if entry.where == "crate-feature" else "take away"
            edits.append(Edit(what, entry.path, entry.feature))
        return Change(one.path, one.shown, one.text, tables.edited(one.text, one.shown, edits))

    def _pyproject_edit(self, one: Hardcoded) -> Edit | None:
        if one.place.file != FILE:
            return None
        if one.path[-1] in ("args", "cargo-manifest-args", "cargo-extra-args"):
            self._by_hand(one)
            return None
        if _left(one):
            self._by_hand(one)
            return None
        if one.path[-1] == "features":
            if one.through and not self._superfluous(one):
                return None
            entry = {"feature": one.feature, **dict(one.condition)} if one.condition else one.feature
            return Edit("take away", one.path, entry)
        return Edit("drop", one.path)

    def _superfluous(self, one: Hardcoded) -> bool:
        """Whether a use of a crate's own feature has no effect once the hard-coded feature is out of it, or none but
        what the stable ABI brings."""
        for crate in self.written:
            if one.feature not in crate.features:
                continue
            gated = one.feature in self.gates.get(crate.shown, set())
            if one.kind != "extension-module" and gated:
                return self._goes_with_abi3(crate, one.feature)
            hard = {entry.feature for entry in self.hardcoded if entry.place.file == crate.shown and not entry.through}
            return not gated and set(crate.features[one.feature]) <= hard
        return False

    def _goes_with_abi3(self, crate: Manifest, feature: str) -> bool:
        """Whether the backend can switch a crate's feature on together with the stable ABI."""
        return (not self.crates or crate.path in self.crates) and feature in off_by_default(crate.features)

    def _gated(self, one: Hardcoded) -> None:
        """A feature that turns abi3 on and gates code goes with the stable ABI from now on."""
        name = str(one.path[1])
        crate = next(crate for crate in self.written if crate.shown == one.place.file)
        if name not in self.gates.get(crate.shown, set()) or name in self.with_abi3:
            return
        if self._goes_with_abi3(crate, name):
            self.with_abi3.append(name)
        elif name in off_by_default(crate.features):
            text = (
                f"feature {name!r} of {crate.name} gates code, but only an extension crate's own features can go with "
            )
            self.notes.append(
                Note(one.place, text + "the stable ABI: turn it on where it is depended on, if it is needed")
            )

    def _setup_py(self) -> Change | None:
        if not self.setup.text:
            return None
        going = [literal for literal in self.setup.literals if self._goes(literal)]
        for literal in going:
            if literal.holder is None:
                self._by_hand(self._records(literal)[0])
        alike = {(literal.what, literal.value, literal.extension) for literal in going}
        after = setup_files.setup_py_without(
            self.setup.text, lambda literal: (literal.what, literal.value, literal.extension) in alike
        )
        return Change(self.project.root / setup_py.FILE, setup_py.FILE, self.setup.text, after)

    def _records(self, literal: Literal) -> list[Hardcoded]:
        place = Place(setup_py.FILE, literal.line)
        word = literal.value or hardcoded.LIMITED_API
        return [one for one in self.hardcoded if one.place == place and one.feature == word]

    def _goes(self, literal: Literal) -> bool:
        records = self._records(literal)
        return bool(records) and all(not one.through or self._superfluous(one) for one in records)

    def _setup_cfg(self) -> Change | None:
        path = self.project.root / "setup.cfg"
        lines = [one.place.line for one in self.hardcoded if one.where == "setup.cfg" and one.place.line]
        if not lines:
            return None
        text = read_text(path, "setup.cfg")
        after = text
        for line in sorted(lines, reverse=True):
            after = setup_files.setup_cfg_without(after, line)
        return Change(path, "setup.cfg", text, after)

    def _by_hand(self, one: Hardcoded) -> None:
        what = "py_limited_api" if one.where in ("setup.py", "setup.cfg") and "/" not in one.feature else one.feature
        self.notes.append(Note(one.place, f"{what} stays: take it out by hand, the backend decides {one.kind}"))

    def _pyproject(self, edits: list[Edit]) -> Change:
        text = tables.edited(self.project.text, FILE, edits)
        text = tables.edited(text, FILE, pyproject.without_empty(text, edits))
        built, notes = build_system.edits(self.project, self.setup, self.kind)
        self.notes += notes
        text = build_system.with_table(text) if "build-system" not in self.project.table else text
        text = tables.edited(text, FILE, built)
        own = own_table.wanted([one for one in self.hardcoded if not _left(one)], self._automatic(), self.with_abi3)
        if self._held():
            own.values.pop("abi3", None)
        text = tables.edited(text, FILE, pyproject.own_table_edits(self.project, own))
        text = tables.edited(text, FILE, pyproject.cache_key_edits(self.project, self.written))
        return Change(self.project.root / FILE, FILE, self.project.text, text)

    def _held(self) -> bool:
        """Whether the wheel is version-specific although abi3 is hard-coded: for a C extension beside it, say. The
        features went for nothing before too, and a floor of ours would be an error (PFB170)."""
        return self.facts is not None and any(one.code == "PFB171" for one in self.facts.plan.problems)

    def _automatic(self) -> Python | None:
        """The floor of ``abi3 = "auto"`` with nothing hard-coded: requires-python's, within what PyO3 offers."""
        requires = self.facts.requires_python if self.facts else self.project.requires_python
        if not requires:
            return None
        lower = project.lower_bound(requires, self.project.place("project", "requires-python"))
        dependency = self.facts.crate.pyo3 if self.facts and self.facts.crate else None
        if lower is None or dependency is None:
            return lower
        offered = abi.floors(dependency, pyo3.release_of(dependency.version)) or [lower]
        return min(max(lower, offered[0]), offered[-1])


def _left(one: Hardcoded) -> bool:
    """A bare abi3t names no floor, and no setting says "the building Python's"; it stays."""
    return one.kind == "abi3t" and one.floor is None
