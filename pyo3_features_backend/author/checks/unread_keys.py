"""Keys of pyproject.toml that the delegate does not read, so that no wheel has what they say."""

from __future__ import annotations

from collections.abc import Iterator

from ...build.requirements import required
from ...facts.project import Project
from ...model.problem import Problem
from ...model.words import DelegateName
from .codes import finding

_SCM = "setuptools_scm"
_SCM_PACKAGES = ("setuptools-scm", "vcs-versioning")


def check(project: Project, delegate: DelegateName) -> Iterator[Problem]:
    """The findings on the keys of ``project`` that ``delegate`` does not read."""
    if _SCM in project.table.get("tool", {}):
        yield from _scm(project, delegate)
    # PEP 794. maturin 1.16 writes neither into the metadata, and says nothing; setuptools 84 stops the build itself.
    given = [key for key in ("import-names", "import-namespaces") if key in project.table.get("project", {})]
    if given and delegate == DelegateName.MATURIN:
        yield finding(
            "PFB291",
            f"maturin does not write {' and '.join(given)} into the metadata: no installer and no index sees the names",
            project.place("project", given[0]),
            "keep it for a later maturin, or remove it; nothing else depends on it",
        )


def _scm(project: Project, delegate: DelegateName) -> Iterator[Problem]:
    """setuptools-scm is a plugin of setuptools, which finds it where it is installed (its documentation, "Usage")."""
    place = project.place("tool", _SCM)
    if delegate == DelegateName.MATURIN:
        yield finding(
            "PFB290",
            "maturin does not read [tool.setuptools_scm]: the version of a wheel is that of [project] or Cargo.toml, "
            "whatever the tag in git",
            place,
            "remove the table, and set the version in Cargo.toml when you release",
        )
        return
    if not required(project) & {*_SCM_PACKAGES}:
        yield finding(
            "PFB290",
            "[tool.setuptools_scm] has no effect: build-system.requires does not name setuptools-scm, so an isolated "
            "build does not have it",
            place,
            'add "setuptools-scm>=8" to build-system.requires',
        )
