"""``[package.metadata.maturin]`` of Cargo.toml, where maturin before 0.14 had a project's metadata.

Its keys, with what they did, are those of maturin 0.13 (its cargo_toml.rs, RemainingCoreMetadata; its metadata.rs).
What became of them is in maturin's changelog: 0.11.0 brought ``[project]``, which wins; 0.14.0 removed the metadata and
stops at it; 0.14.2, 0.14.14 and 0.14.16 brought ``python-source``, ``data`` and ``module-name`` of ``[tool.maturin]``,
and since 0.15 the old ``name`` and ``python-source`` are silently ignored.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import Place, ProjectError
from ...facts.project import Project
from ...facts.toml import line_of, line_of_value
from ..edits.tables import Edit, EditKind, literal_at
from ..sources.manifests import Manifest

TABLE = ("package", "metadata", "maturin")
_LISTS = {"classifiers": "classifiers", "classifier": "classifiers"}
_KEYS = (
    "name",
    "scripts",
    *_LISTS,
    "maintainer",
    "maintainer-email",
    "requires-dist",
    "requires-python",
    "requires-external",
    "project-url",
    "provides-extra",
    "description-content-type",
    "python-source",
    "data",
)
# What maturin takes from Cargo.toml only where [project] calls it dynamic (maturin issue 2544).
_READMES = ("README.md", "README.txt", "README.rst", "README")


class Moved(NamedTuple):
    """The edits of Cargo.toml and those of pyproject.toml."""

    manifest: list[Edit]
    pyproject: list[Edit]


def present(manifest: Manifest) -> dict[str, Any]:
    """What a Cargo.toml has in the table that maturin read once, without keys that it never knew."""
    table: Any = manifest.table
    for name in TABLE:
        table = table.get(name) if isinstance(table, Mapping) else None
    return {key: table[key] for key in table if key in _KEYS} if isinstance(table, Mapping) else {}


def moved(project: Project, manifest: Manifest) -> Moved:
    """The edits that bring the old table to where maturin reads it today; none without such a table.

    Raises :class:`ProjectError` at the line of anything that pyproject.toml cannot express.
    """
    old = present(manifest)
    if not old:
        return Moved([], [])
    new = _New(project, manifest, old)
    removed = [Edit(EditKind.REMOVE_KEY, (*TABLE, key)) for key in old]
    if len(old) == len(manifest.table["package"]["metadata"]["maturin"]):
        removed.append(Edit(EditKind.REMOVE_EMPTY_TABLE, TABLE))
    return Moved(removed, list(new.edits()))


def from_cargo(project: Project, manifest: Manifest) -> list[str]:
    """The fields that Cargo.toml has and [project], with its ``dynamic``, has not: maturin before 1.9.2 took them
    anyway, later ones only if ``dynamic`` names them."""
    table = project.table.get("project", {})
    package = manifest.table.get("package", {})
    fields = [
        ("version", "version" in package),
        ("description", "description" in package),
        ("readme", _readme(manifest) is not None),
        ("authors", bool(package.get("authors"))),
        ("keywords", bool(package.get("keywords"))),
        ("license", "license" in package),
        ("urls", any(key in package for key in ("homepage", "repository", "documentation"))),
    ]
    return [name for name, there in fields if there and name not in table and name not in table.get("dynamic", ())]


def _readme(manifest: Manifest) -> str | None:
    """The file that maturin takes for the description, from the crate's folder."""
    named = manifest.table.get("package", {}).get("readme", True)
    if isinstance(named, str):
        return named
    found = [name for name in _READMES if (manifest.path.parent / name).is_file()]
    return found[0] if named is True and found else None


class _New:
    """The old keys as keys of pyproject.toml; one that is there already has won since maturin 0.11 and stays."""

    def __init__(self, project: Project, manifest: Manifest, old: Mapping[str, Any]) -> None:
        self.project, self.manifest, self.old = project, manifest, old
        self.table: dict[str, Any] = project.table.get("project", {})

    def edits(self) -> Iterator[Edit]:
        if self.old.get("requires-external"):
            raise self._refused("requires-external", "pyproject.toml has no such key")
        metadata = [edit for edit in self._metadata() if edit.path[1] not in self.table]
        if "project" not in self.project.table:
            name = str(self.old.get("name") or self.manifest.name).partition(".")[0]
            own = {edit.path[1] for edit in metadata}
            dynamic = [field for field in from_cargo(self.project, self.manifest) if field not in own]
            yield Edit(EditKind.SET_KEY, ("project", "name"), name)
            yield Edit(EditKind.SET_KEY, ("project", "dynamic"), dynamic)
        yield from metadata
        yield from self._layout()

    def _refused(self, key: str, why: str, value: str | None = None) -> ProjectError:
        path = (*TABLE, key)
        line = line_of_value(self.manifest.text, value, *path) if value else None
        return ProjectError(
            f"{key} in [package.metadata.maturin] is not read by maturin 0.14 and later, and {why}",
            place=Place(self.manifest.shown, line or line_of(self.manifest.text, *path)),
            hint="write it in another way or remove it, then run migrate again",
        )

    def _metadata(self) -> Iterator[Edit]:
        for key, value in self.old.items():
            text = literal_at(self.manifest.text, (*TABLE, key))
            if key in _LISTS:
                yield Edit(kind=EditKind.SET_KEY, path=("project", _LISTS[key]), value=value, literal=text)
            elif key == "requires-python":
                yield Edit(kind=EditKind.SET_KEY, path=("project", key), value=value, literal=text)
            elif key == "scripts":
                for name, target in value.items():
                    yield Edit(EditKind.SET_KEY, ("project", "scripts", name), target)
        if people := self._maintainers():
            yield Edit(EditKind.SET_KEY, ("project", "maintainers"), people)
        yield from self._requirements()
        if "project-url" in self.old:
            package = self.manifest.table.get("package", {})
            urls = dict(self.old["project-url"])
            for key, label in (("homepage", "Homepage"), ("repository", "Source Code")):
                if isinstance(package.get(key), str):
                    urls.setdefault(label, package[key])
            for label, url in urls.items():
                yield Edit(EditKind.SET_KEY, ("project", "urls", label), url)
        if (kind := self.old.get("description-content-type")) and (readme := _readme(self.manifest)):
            value = {"file": self._relative(readme), "content-type": kind}
            yield Edit(EditKind.SET_KEY, ("project", "readme"), value)

    def _maintainers(self) -> list[dict[str, str]]:
        person = {"name": self.old.get("maintainer"), "email": self.old.get("maintainer-email")}
        return [{key: str(value) for key, value in person.items() if value}] if any(person.values()) else []

    def _requirements(self) -> Iterator[Edit]:
        """requires-dist: those with a marker for an extra go to that extra's list (PEP 621)."""
        plain: list[str] = []
        extras: dict[str, list[str]] = {str(name): [] for name in self.old.get("provides-extra", ())}
        for text in map(str, self.old.get("requires-dist", ())):
            wanted, extra = self._of_extra(text)
            (extras.setdefault(extra, []) if extra else plain).append(wanted)
        if plain:
            unchanged = plain == self.old["requires-dist"]
            literal = literal_at(self.manifest.text, (*TABLE, "requires-dist")) if unchanged else None
            yield Edit(kind=EditKind.SET_KEY, path=("project", "dependencies"), value=plain, literal=literal)
        for extra, names in extras.items():
            yield Edit(EditKind.SET_KEY, ("project", "optional-dependencies", extra), names)

    def _of_extra(self, text: str) -> tuple[str, str]:
        """A requirement without its marker for an extra, and that extra; empty if it has none."""
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            Requirement(text)
        except InvalidRequirement:
            raise self._refused("requires-dist", f"{text!r} is not a PEP 508 requirement", text) from None
        wanted, _, marker = (part.strip() for part in text.partition(";"))
        found = re.fullmatch(r"(?:(.*?)\s+and\s+)?extra\s*==\s*['\"]([^'\"]+)['\"]", marker)
        if not found:
            if "extra" in marker:
                raise self._refused("requires-dist", f"[project] cannot express the marker of {text!r}", text)
            return text, ""
        rest = found[1] or ""
        if rest.startswith("(") and rest.endswith(")") and rest.count("(") == 1:
            rest = rest[1:-1]
        return f"{wanted}; {rest}" if rest else wanted, found[2]

    def _layout(self) -> Iterator[Edit]:
        own = self.project.maturin
        name = self.old.get("name")
        library = self.manifest.table.get("lib", {}).get("name") or self.manifest.name.replace("-", "_")
        if name and name != library and "module-name" not in own:
            yield Edit(EditKind.SET_KEY, ("tool", "maturin", "module-name"), name)
        for key in ("python-source", "data"):
            if key in self.old and key not in own:
                yield Edit(EditKind.SET_KEY, ("tool", "maturin", key), self._relative(self.old[key]))

    def _relative(self, path: str) -> str:
        """A path of Cargo.toml's folder as one of pyproject.toml's."""
        return Path(os.path.relpath(self.manifest.path.parent / path, self.project.root)).as_posix()
