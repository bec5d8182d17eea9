"""The migration of a maturin or setuptools-rust project to this backend.

:func:`prepare` reads the project and says what would change, :func:`write.write` writes it. What cannot be changed
safely stays as it is: the migration has a note with its place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ...facts import project as projects
from ...facts.project import FILE, Project
from ...model.crate import Crate
from ...model.target import Target
from ..edits import toml_edit
from ..edits.changes import Change, Note
from ..sources import automation, manifests, setup_py
from ..sources.automation import Call, Unread
from ..sources.manifests import Manifest
from . import build_system, trial
from .compare import Side, narrower, side_of
from .copied import Copy
from .rewrite import Rewrite, Sources
from .trial import Trial

__all__ = ["Change", "Migration", "Note", "Trial", "prepare", "try_build"]


class Migration(NamedTuple):
    """What would change. ``delegate`` compiles, before and after; ``now`` is what the project builds today, ``then``
    what it will build. ``narrower`` says which Pythons a wheel no longer serves; None if it serves them all.
    ``calls`` are the direct calls of maturin in CI and task files, which do not use the backend. ``manifests`` are
    the Cargo.toml files that were read."""

    root: Path
    delegate: str
    changes: tuple[Change, ...]
    notes: tuple[Note, ...]
    now: Side
    then: Side
    narrower: str | None
    calls: tuple[Call | Unread, ...] = ()
    manifests: tuple[Manifest, ...] = ()


def try_build(migration: Migration, tell: Callable[[str], object]) -> Trial:
    """Build the migrated project in a copy and import the wheel; ``tell`` is called with each step.

    Raises a :class:`BackendError` that says what failed. No file of the project changes.
    """
    with Copy(migration.root, migration.manifests) as copy:
        copy.apply(migration.changes)
        return trial.run(copy.root, migration.then, tell)


def prepare(root: Path, python: str | Target | None = None) -> Migration:
    """What `migrate` would do to the project in ``root``; nothing is written.

    ``python`` is the interpreter whose wheel is compared before and after. Raises a :class:`BackendError` for a project
    that cannot be migrated.
    """
    toml_edit.needed()
    project = _load(root)
    setup = setup_py.load(root)
    delegate = build_system.delegate(project, setup)
    starts = manifests.extension_manifests(project, setup)
    written = manifests.read_all(root, starts)
    with Copy(root, written) as copy:
        before = side_of(copy.root, python, delegate)
        crates: dict[Path, Crate] = {}
        if before.facts:
            crates = {copy.original(crate.manifest): crate for crate in before.facts.crates}
            written = manifests.read_all(root, [*starts, *crates])  # a setup.py can compute the paths of its crates
        rewrite = Rewrite(
            Sources(
                project=project, setup=setup, delegate=delegate, manifests=written, facts=before.facts, crates=crates
            )
        )
        changes = rewrite.changes()
        copy.apply(changes)
        after = side_of(copy.root, python) if changes else before
    now = before.as_today(project)
    return Migration(
        root=root,
        delegate=delegate,
        changes=tuple(changes),
        notes=tuple(rewrite.notes),
        now=now,
        then=after,
        narrower=narrower(now, after),
        calls=tuple(automation.calls(root)),
        manifests=tuple(written),
    )


def _load(root: Path) -> Project:
    """The project; one that has only a setup.py gets a pyproject.toml from the migration."""
    if not (root / FILE).exists() and (root / setup_py.FILE).is_file():
        return Project(root, {}, "")
    return projects.load(root)
