"""What each file of a project becomes, and what is left to do by hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ...build.gather import Facts
from ...decide import abi, pyo3
from ...delegates import maturin
from ...errors import Place, ProjectError
from ...facts import project as projects
from ...facts.project import FILE, Project
from ...facts.toml import line_of
from ...model.arguments import Arguments
from ...model.crate import Crate
from ...model.version import Python
from ...model.words import DelegateName
from ..edits import tables
from ..edits.changes import Change, Note, read_text
from ..edits.tables import Edit, EditKind
from ..sources import hardcoded, setup_py
from ..sources.feature_graph import FeatureKind, off_by_default
from ..sources.hardcoded import Hardcoded, Origin
from ..sources.manifests import Manifest
from ..sources.rust_sources import gates
from ..sources.setup_py import Literal, SetupPy
from . import build_system, old_metadata, optional, own_table, pyproject, setup_files

_SETUP_CFG = "setup.cfg"
_ARGUMENTS = ("args", "cargo-manifest-args", "cargo-extra-args")  # keys whose words no edit takes apart
_VERSION_SPECIFIC = "PFB171"  # the plan's warning that the wheel is version-specific although abi3 is on


class Sources(NamedTuple):
    """The project as it was read: its Cargo.toml files in ``manifests``, ``facts`` of a build where the plan could be
    made, ``crates`` the extension crates of that build by their Cargo.toml."""

    project: Project
    setup: SetupPy
    delegate: str
    manifests: list[Manifest]
    facts: Facts | None
    crates: Mapping[Path, Crate]


class Rewrite:
    """The changes of one project, file by file, and the notes on what is left to do."""

    def __init__(self, sources: Sources) -> None:
        self.project, self.setup, self.delegate = sources.project, sources.setup, sources.delegate
        self.manifests, self.facts, self.crates = sources.manifests, sources.facts, sources.crates
        self.declarations = hardcoded.find(self.project, self.setup, self.manifests)
        if self.crates and not any(crate.pyo3 for crate in self.crates.values()):
            self.declarations = []  # the backend does not decide the py_limited_api of a wheel without PyO3
        self.gates = {manifest.shown: gates(manifest) for manifest in self.manifests if manifest.name}
        self.notes: list[Note] = []
        self.moved = self._old_metadata()
        self.abi3_crate_features: list[str] = []
        self.turned_on: list[str] = []  # optional dependencies that an edit turns on

    def changes(self) -> list[Change]:
        """What each file becomes, in the order of the files' names; only those that change."""
        changes: list[Change | None] = [self._manifest(manifest) for manifest in self.manifests]
        edits = [edit for declaration in self.declarations if (edit := self._pyproject_edit(declaration))]
        changes += [self._setup_py(), self._setup_cfg()]
        for declaration in self.declarations:
            if declaration.where == Origin.CRATE_FEATURE and declaration.kind != FeatureKind.EXTENSION_MODULE:
                self._follow_abi3(declaration)
        changes.append(self._pyproject(edits))
        return [change for change in changes if change and change.before != change.after]

    def _extension(self) -> Manifest | None:
        """The crate that maturin builds."""
        path = maturin.manifest(self.project, Arguments()).resolve()
        return next((manifest for manifest in self.manifests if manifest.path.resolve() == path), None)

    def _old_metadata(self) -> old_metadata.Moved:
        manifest = self._extension() if self.delegate == DelegateName.MATURIN else None
        if manifest is None or not old_metadata.present(manifest):
            return old_metadata.Moved([], [])
        text = "maturin 0.14 and later do not read its keys: they move to pyproject.toml"
        line = line_of(manifest.text, *old_metadata.TABLE)
        self.notes.append(Note(Place(manifest.shown, line), f"[package.metadata.maturin]: {text}"))
        return old_metadata.moved(self.project, manifest)

    def _manifest(self, manifest: Manifest) -> Change:
        edits = [*self.moved.manifest] if manifest == self._extension() else []
        for declaration in self.declarations:
            if declaration.place.file != manifest.shown or declaration.through:
                continue
            if _stays(declaration):
                self._leave_to_the_author(declaration)
                continue
            # A feature of the crate stays, empty: it may gate code, and users may enable it by name.
            own = declaration.where == Origin.CRATE_FEATURE
            needed = optional.turned_on_by(manifest, declaration.feature) if own else None
            if needed and needed not in manifest.features[str(declaration.path[1])]:
                replaced = Edit(EditKind.REPLACE_ENTRY, declaration.path, (declaration.feature, needed))
                if not any(edit.path == declaration.path and edit.kind == replaced.kind for edit in edits):
                    edits.append(replaced)
                    continue
            kind = EditKind.REMOVE_ENTRY if own else EditKind.REMOVE_ENTRY_AND_EMPTY_LIST
            edits.append(Edit(kind, declaration.path, declaration.feature))
        return Change(
            path=manifest.path,
            shown=manifest.shown,
            before=manifest.text,
            after=tables.edited(manifest.text, manifest.shown, edits),
        )

    def _pyproject_edit(self, declaration: Hardcoded) -> Edit | None:
        if declaration.place.file != FILE:
            return None
        key = declaration.path[-1]
        if key in _ARGUMENTS or _stays(declaration):
            self._leave_to_the_author(declaration)
            return None
        if key != "features":
            return Edit(EditKind.REMOVE_KEY, declaration.path)
        if declaration.through and not self._has_no_effect(declaration):
            return None
        entry: object = declaration.feature
        if (needed := self._turned_off(declaration)) and not declaration.condition and not needed.startswith("dep:"):
            self.turned_on.append(needed)
            return Edit(EditKind.REPLACE_ENTRY, declaration.path, (declaration.feature, needed))
        if needed:
            raise _refused(declaration)
        if declaration.condition:
            entry = {"feature": declaration.feature, **dict(declaration.condition)}
        return Edit(EditKind.REMOVE_ENTRY_AND_EMPTY_LIST, declaration.path, entry)

    def _turned_off(self, declaration: Hardcoded) -> str | None:
        """What turns on an optional PyO3 that is off without a declaration outside of Cargo.toml; None if it stays."""
        lists = [self.project.maturin.get("features"), *(extension.features for extension in self.setup.extensions)]
        lists += [table.get("features") for table in self.project.tool("setuptools-rust").get("ext-modules", ())]
        names = [str(name) for names in lists for name in names or () if "/" not in str(name)]
        for crate in self._built():
            needed = optional.turned_on_by(crate, declaration.feature)
            if needed and not optional.is_on(crate, [*names, *self.turned_on, "default"], needed):
                return needed
        return None

    def _built(self) -> list[Manifest]:
        """The crates whose features the build names: the extensions, or all where it is not known which these are."""
        return [crate for crate in self.manifests if not self.crates or crate.path in self.crates]

    def _has_no_effect(self, declaration: Hardcoded) -> bool:
        """Whether enabling a crate's own feature does nothing once the hard-coded feature is removed from it, or
        nothing but what the stable ABI brings."""
        for crate in self._built():
            if declaration.feature not in crate.features:
                continue
            if optional.is_needed(crate, declaration.feature):
                return False
            gated = declaration.feature in self.gates.get(crate.shown, set())
            if declaration.kind != FeatureKind.EXTENSION_MODULE and gated:
                return self._can_follow_abi3(crate, declaration.feature)
            removed = {
                other.feature for other in self.declarations if other.place.file == crate.shown and not other.through
            }
            return not gated and set(crate.features[declaration.feature]) <= removed
        return False

    def _can_follow_abi3(self, crate: Manifest, feature: str) -> bool:
        """Whether the backend can enable a crate's feature together with the stable ABI."""
        return crate in self._built() and feature in off_by_default(crate.features)

    def _follow_abi3(self, declaration: Hardcoded) -> None:
        """A feature that turns abi3 on and gates code: from now on the backend enables it with the stable ABI."""
        name = str(declaration.path[1])
        crate = next(manifest for manifest in self.manifests if manifest.shown == declaration.place.file)
        if name not in self.gates.get(crate.shown, set()) or name in self.abi3_crate_features:
            return
        if self._can_follow_abi3(crate, name):
            self.abi3_crate_features.append(name)
        elif name in off_by_default(crate.features):
            text = (
                f"feature {name!r} of {crate.name} gates code, but only an extension crate's own features can go with "
                "the stable ABI: turn it on where the crate is a dependency, if it is needed"
            )
            self.notes.append(Note(declaration.place, text))

    def _setup_py(self) -> Change | None:
        if not self.setup.text:
            return None
        removed = [literal for literal in self.setup.literals if self._is_removed(literal)]
        for literal in removed:
            if literal.holder is None:
                self._leave_to_the_author(self._declared_by(literal)[0])
        keys = {(literal.what, literal.value, literal.extension) for literal in removed}
        after = setup_files.setup_py_without(
            self.setup.text, lambda literal: (literal.what, literal.value, literal.extension) in keys
        )
        return Change(path=self.project.root / setup_py.FILE, shown=setup_py.FILE, before=self.setup.text, after=after)

    def _declared_by(self, literal: Literal) -> list[Hardcoded]:
        place = Place(setup_py.FILE, literal.line)
        word = literal.value or hardcoded.LIMITED_API
        return [
            declaration
            for declaration in self.declarations
            if declaration.place == place and declaration.feature == word
        ]

    def _is_removed(self, literal: Literal) -> bool:
        declarations = self._declared_by(literal)
        if any(map(_stays, declarations)):
            return False
        for declaration in declarations:
            if not declaration.through and self._turned_off(declaration):
                raise _refused(declaration)
        return bool(declarations) and all(
            not declaration.through or self._has_no_effect(declaration) for declaration in declarations
        )

    def _setup_cfg(self) -> Change | None:
        path = self.project.root / _SETUP_CFG
        lines = [
            declaration.place.line
            for declaration in self.declarations
            if declaration.where == Origin.SETUP_CFG and declaration.place.line
        ]
        if not lines:
            return None
        text = read_text(path, _SETUP_CFG)
        after = text
        for line in sorted(lines, reverse=True):
            after = setup_files.setup_cfg_without(after, line)
        return Change(path=path, shown=_SETUP_CFG, before=text, after=after)

    def _leave_to_the_author(self, declaration: Hardcoded) -> None:
        if _stays(declaration):
            text = f"{declaration.feature} stays: it has no floor, and no setting means the Python that runs the build"
            self.notes.append(Note(declaration.place, text))
            return
        in_setup = declaration.where in (Origin.SETUP_PY, Origin.SETUP_CFG)
        name = hardcoded.LIMITED_API if in_setup and "/" not in declaration.feature else declaration.feature
        text = f"{name} stays: remove it by hand, the backend decides {declaration.kind}"
        self.notes.append(Note(declaration.place, text))

    def _pyproject(self, edits: list[Edit]) -> Change:
        text = tables.edited(self.project.text, FILE, edits)
        text = tables.edited(text, FILE, pyproject.without_empty(text, edits))
        text = tables.edited(text, FILE, [*self.moved.pyproject, *self._for_todays_maturin()])
        build_system_edits, notes = build_system.edits(self.project, self.setup, self.delegate)
        self.notes += notes
        text = build_system.with_table(text) if "build-system" not in self.project.table else text
        text = tables.edited(text, FILE, build_system_edits)
        replaced = [declaration for declaration in self.declarations if not _stays(declaration)]
        own = own_table.wanted(replaced, self._automatic_floor(), self.abi3_crate_features)
        if self._is_version_specific():
            own.values.pop("abi3", None)
        text = tables.edited(text, FILE, pyproject.own_table_edits(self.project, own))
        text = tables.edited(text, FILE, pyproject.cache_key_edits(self.project, self.manifests))
        return Change(path=self.project.root / FILE, shown=FILE, before=self.project.text, after=text)

    def _for_todays_maturin(self) -> list[Edit]:
        """What a later maturin reads in another way than the one that the project asks for."""
        manifest = self._extension()
        if manifest is None or not build_system.raised(self.project, DelegateName.MATURIN):
            return []
        return pyproject.for_todays_maturin(self.project, old_metadata.from_cargo(self.project, manifest))

    def _is_version_specific(self) -> bool:
        """Whether the wheel is version-specific although abi3 is hard-coded, say because it has a C extension too. The
        features had no effect before either, and a floor in the settings would be an error (PFB170)."""
        return self.facts is not None and any(problem.code == _VERSION_SPECIFIC for problem in self.facts.plan.problems)

    def _automatic_floor(self) -> Python | None:
        """The floor of ``abi3 = "auto"`` with nothing hard-coded: that of requires-python, within what PyO3 offers."""
        requires = self.facts.requires_python if self.facts else self.project.requires_python
        if not requires:
            return None
        lower = projects.lower_bound(requires, self.project.place("project", "requires-python"))
        dependency = self.facts.crate.pyo3 if self.facts and self.facts.crate else None
        if lower is None or dependency is None:
            return lower
        offered = abi.floors(dependency, pyo3.release_of(dependency.version)) or [lower]
        return min(max(lower, offered[0]), offered[-1])


def _refused(declaration: Hardcoded) -> ProjectError:
    key = declaration.feature.partition("/")[0]
    return ProjectError(
        f"{declaration.feature} also turns on {key}, which is optional and would be off without it",
        place=declaration.place,
        hint="add a crate feature that turns it on, and use that here, then run migrate again",
    )


def _stays(declaration: Hardcoded) -> bool:
    """A bare abi3t has no floor, and no setting means the version of the Python that runs the build; it stays."""
    return declaration.kind == FeatureKind.ABI3T and declaration.floor is None
