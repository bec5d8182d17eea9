"""The files of a new project: what builds, tests, type-checks and publishes it, and no more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from string import Template

from ...decide import pyo3
from ...errors import Place, ProjectError
from ...model.problem import Problem
from ...model.version import python_text
from ...model.words import DelegateName, Severity
from ..backend import requirement
from ..edits.changes import Change
from ..sources import manifests
from . import templates
from .names import Names, names

EXTENSION = "_native"  # the extension module in the package of a mixed project


def new(folder: Path, name: str | None, delegate: str, *, mixed: bool) -> list[Change]:
    """The files of a new project in ``folder``, which is absolute; nothing is written.

    Its name is ``name``, or else that of the folder. Raises :class:`ProjectError` for a name that cannot be one
    (:func:`.names.names`), and for a folder that contains something.
    """
    hint = "choose another name" if name is not None else "choose another, or name the project with --name"
    chosen = names(folder.name if name is None else name, hint=hint)
    _refuse_used(folder)
    texts = _texts(chosen, delegate, mixed)
    return [Change(path=folder / file, shown=file, before="", after=text) for file, text in texts]


def workspace_above(folder: Path) -> Problem | None:
    """A warning where the folder is in a workspace that does not name it: cargo then refuses to build the crate.

    Raises :class:`ProjectError` for a Cargo.toml above it that is not TOML.
    """
    above = manifests.workspace_of(folder / manifests.NAME, {})
    if above is None or manifests.is_member(above, folder):
        return None
    name = folder.relative_to(above.parent).as_posix()
    return Problem(
        code="",
        severity=Severity.WARNING,
        message="the project is in the folder of a workspace that does not name it",
        place=Place(str(above)),
        hint=f'add "{name}" to its members or to its exclude',
    )


def _refuse_used(folder: Path) -> None:
    try:
        entries = os.listdir(folder)  # noqa: PTH208
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise ProjectError(
            "there is a file of that name, or above it", place=Place(str(folder)), hint="choose another folder"
        ) from None
    except OSError as failure:
        raise ProjectError(
            f"cannot be read: {failure.strerror}", place=Place(str(folder)), hint="choose another folder"
        ) from None
    if entries:
        has_crate = "Cargo.toml" in entries
        raise ProjectError(
            f"the folder is not empty: {min(entries)}",
            place=Place(str(folder)),
            hint="`pyo3-features init` adds Python to a crate" if has_crate else "choose another folder",
        )


def _texts(chosen: Names, delegate: str, mixed: bool) -> Iterator[tuple[str, str]]:
    """The name and the text of each file."""
    setuptools = delegate == DelegateName.SETUPTOOLS_RUST
    package = mixed or setuptools  # setuptools has no place for the types of a top-level extension
    values = _values(chosen, delegate, package)
    values["layout"] = ""
    if package:
        values["layout"] = Template(templates.SETUPTOOLS if setuptools else templates.MATURIN).substitute(values)

    def filled(text: str) -> str:
        return Template(text).substitute(values)

    ignored = [templates.GITIGNORE]
    ignored += [templates.GITIGNORE_PACKAGE] if package else []
    ignored += [templates.GITIGNORE_SETUPTOOLS] if setuptools else []
    yield ".gitignore", "".join(ignored)
    yield "Cargo.toml", filled(templates.CARGO)
    if setuptools:
        yield "MANIFEST.in", templates.MANIFEST
    yield "README.md", filled(templates.README)
    yield "pyproject.toml", filled(templates.PYPROJECT)
    if package:
        folder = f"python/{chosen.module}"
        yield f"{folder}/__init__.py", filled(templates.INIT)
        yield f"{folder}/{EXTENSION}.pyi", templates.STUB
        yield f"{folder}/py.typed", ""
    else:
        yield f"{chosen.module}.pyi", templates.STUB
    yield "src/lib.rs", filled(templates.LIB)
    yield f"tests/test_{chosen.module}.py", filled(templates.TEST)


def _values(chosen: Names, delegate: str, package: bool) -> dict[str, str]:
    """What is filled in."""
    newest = pyo3.releases()[-1]
    return {
        "project": chosen.project,
        "module": chosen.module,
        "extension": EXTENSION if package else chosen.module,
        "pyo3": newest.series,
        "python": f">={python_text(newest.cpython_min)}",
        "requirement": requirement(delegate),
        "version": templates.VERSION_OF_CARGO if delegate == DelegateName.MATURIN else templates.VERSION,
        "checked": '"python", "tests"' if package else '"tests"',
        "path": "python" if package else ".",
    }
