"""Reads pyproject.toml: requires-python, build-system, and the delegate's own table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import Place, ProjectError
from .toml import line_of, line_of_value, read
from .typed import FILE, check

__all__ = ["FILE", "Project", "allows", "load", "lower_bound"]

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version


class Project(NamedTuple):
    """A project. ``root`` is its folder, ``table`` the parsed pyproject.toml, ``text`` the text of the file."""

    root: Path
    table: dict[str, Any]
    text: str

    @property
    def name(self) -> str | None:
        """The name in [project]; None if there is none, and the delegate takes the crate's."""
        name = self.table.get("project", {}).get("name")
        return str(name) if name else None

    @property
    def requires_python(self) -> str | None:
        """The specifier in [project].

        Poetry's requirement on python does not count: maturin does not write it into the metadata, so no installer
        sees it. What setuptools writes is in the finalised distribution.
        """
        value: str | None = self.table.get("project", {}).get("requires-python")
        return value

    @property
    def classifiers(self) -> tuple[str, ...]:
        """The trove classifiers in [project]."""
        return tuple(self.table.get("project", {}).get("classifiers", ()))

    def tool(self, name: str) -> dict[str, Any]:
        """The table ``[tool.NAME]``; empty if there is none."""
        value: Any = self.table.get("tool", {}).get(name, {})
        return value if isinstance(value, dict) else {}

    @property
    def maturin(self) -> dict[str, Any]:
        """The table ``[tool.maturin]``; empty if there is none."""
        return self.tool("maturin")

    def place(self, *path: str, value: str | None = None) -> Place:
        """Where pyproject.toml declares the key ``path``, or the string ``value`` within it."""
        line = line_of_value(self.text, value, *path) if value else None
        return Place(FILE, line or line_of(self.text, *path))


def load(root: Path) -> Project:
    """Read the pyproject.toml in the folder ``root``.

    Raises :class:`ProjectError`, also for a key of another type than this backend or maturin reads.
    """
    table, text = read(root / FILE, FILE)
    check(table, text)
    return Project(root, table, text)


def lower_bound(requires_python: str, place: Place) -> tuple[int, int] | None:
    """The smallest X.Y that has a release that satisfies the specifier; None if it has no lower bound.

    Only a release next to a bound of the specifier (PEP 440) can be the smallest, so only those are tried. Raises
    :class:`ProjectError` for an invalid specifier.
    """
    # By far the most common form. Importing packaging would take longer than the rest of the decision.
    if simple := re.fullmatch(r"\s*>=\s*(\d{1,4})\.(\d{1,4})(?:\.\d+)?\s*", requires_python):
        return int(simple.group(1)), int(simple.group(2))
    from packaging.version import Version

    specifiers = _specifiers(requires_python, place)
    if not any(specifier.operator in (">=", ">", "~=", "==", "===") for specifier in specifiers):
        return None
    candidates = {
        Version(f"{major}.{minor}{patch}")
        for major, top in ((2, 8), (3, 40))
        for minor in range(top)
        for patch in ("", ".999")
    }
    candidates |= _releases_near_bounds(specifiers)
    fitting = [candidate for candidate in candidates if specifiers.contains(candidate, prereleases=True)]
    return min(((version.major, version.minor) for version in fitting), default=None)


def allows(requires_python: str | None, python: tuple[int, int], place: Place | None = None) -> bool:
    """Whether a release of the minor version ``python`` satisfies the specifier.

    Raises :class:`ProjectError` for an invalid specifier.
    """
    if not requires_python:
        return True
    from packaging.version import Version

    specifiers = _specifiers(requires_python, place)
    text = f"{python[0]}.{python[1]}"
    candidates = {Version(text + patch) for patch in ("", ".999")} | _releases_near_bounds(specifiers)
    own = (candidate for candidate in candidates if candidate.release[:2] == python)
    return any(specifiers.contains(candidate, prereleases=True) for candidate in own)


def _specifiers(requires_python: str, place: Place | None) -> SpecifierSet:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        # Python converts no more than 4,300 digits, and packaging fails with them in many places.
        if re.search(r"\d{100}", requires_python):
            raise InvalidSpecifier
        return SpecifierSet(requires_python)
    except InvalidSpecifier:
        raise ProjectError(
            f"requires-python = {requires_python!r} is not a version specifier", place=place, hint='such as ">=3.9"'
        ) from None


def _releases_near_bounds(specifiers: SpecifierSet) -> set[Version]:
    """Each bound and the releases next to it. With the first and the last release of each minor version, these are all
    that can change the answer.
    """
    from packaging.version import InvalidVersion, Version

    releases = set()
    for specifier in specifiers:
        try:
            bound = Version(specifier.version.replace(".*", ""))
        except InvalidVersion:  # such as ===anything, which no Python satisfies
            continue
        release = (*bound.release, 0, 0)[:3]
        neighbours = {release[2] + 1, max(release[2] - 1, 0)}
        releases |= {bound, *(Version(f"{release[0]}.{release[1]}.{patch}") for patch in neighbours)}
    return releases
