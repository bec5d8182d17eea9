"""[build-system]: what builds the project now, and what the table becomes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...build import requirements
from ...delegates.versions import SETUPTOOLS, SETUPTOOLS_RUST
from ...errors import NAME, Place, ProjectError
from ...facts import settings
from ...facts.project import FILE, Project
from ...facts.toml import line_of_value
from ...model.words import DelegateName
from ..backend import BACKEND, imported, requirement
from ..edits.changes import Note
from ..edits.tables import Edit, EditKind
from ..sources import setup_py
from ..sources.setup_py import SetupPy

_SETUPTOOLS = ("setuptools.build_meta", "setuptools.build_meta:__legacy__")
# The lowest version that the backend can use, and versions with which a pin is tried.
_NEEDED = {
    "maturin": ("1.14", [f"1.{minor}" for minor in range(14, 100)]),
    "setuptools-rust": (SETUPTOOLS_RUST, [f"1.{minor}" for minor in range(11, 100)]),
    "setuptools": (SETUPTOOLS, [f"{major}.0" for major in range(77, 200)]),
}


def delegate(project: Project, setup: SetupPy) -> str:
    """What builds the project: "maturin" or "setuptools-rust".

    Raises :class:`ProjectError` for a project that something else builds.
    """
    system = project.table.get("build-system", {})
    backend = str(system.get("build-backend", _SETUPTOOLS[1]))
    place = project.place("build-system", "build-backend")
    if backend == BACKEND:
        declared = settings.read(project.table, project.text, {}, None)
        return requirements.delegate_of(project, declared.delegate)
    if "backend-path" in system:
        return _in_tree(project, backend, place)
    if backend == "maturin":
        return DelegateName.MATURIN
    if backend not in _SETUPTOOLS:
        raise ProjectError(
            f"the build backend is {backend}; migrate converts only maturin and setuptools-rust projects",
            place=place,
            hint="switch to one of the two first",
        )
    if not (setup.extensions or "setuptools-rust" in requirements.required(project) or project.tool("setuptools-rust")):
        raise ProjectError(
            "this setuptools project declares no Rust extension, so the backend has nothing to decide",
            place=place if system else Place(setup_py.FILE if setup.text else FILE),
            hint="declare it in [tool.setuptools-rust], or keep setuptools",
        )
    return DelegateName.SETUPTOOLS_RUST


def _in_tree(project: Project, backend: str, place: Place) -> str:
    """A build backend of the project itself stays: it can call this backend where it calls the delegate."""
    calls = imported(project)
    if BACKEND not in calls:
        called = calls.get("setuptools") or calls.get("maturin") or place
        called_backend = "setuptools.build_meta" if "setuptools" in calls else "maturin"
        raise ProjectError(
            f"{backend!r} is a build backend in the project itself, and migrate does not rewrite Python code",
            place=called,
            hint=f"make it call {BACKEND} where it now calls {called_backend}, then run migrate again for the rest",
        )
    by_maturin = "maturin" in calls or not (project.root / setup_py.FILE).is_file()
    return DelegateName.MATURIN if by_maturin else DelegateName.SETUPTOOLS_RUST


def raised(project: Project, name: str) -> bool:
    """Whether the requirement on ``name`` is older than this backend can use, so that :func:`edits` raises it."""
    requires = project.table.get("build-system", {}).get("requires", [])
    olds = [str(old) for old in requires if requirements.name_of(str(old)) == name]
    return any(not _admits(old, _NEEDED[name][1]) for old in olds)


def with_table(text: str) -> str:
    """``text`` with an empty [build-system] in front."""
    return "[build-system]\nrequires = []\n" + ("\n" + text if text else "")


def edits(project: Project, setup: SetupPy, kind: str) -> tuple[list[Edit], list[Note]]:
    """The edits of [build-system], and notes on them."""
    system = project.table.get("build-system", {})
    requires = [str(requirement) for requirement in system.get("requires", [])]
    names = [requirements.name_of(requirement) for requirement in requires]
    changes: list[Edit] = []
    notes: list[Note] = []
    path = ("build-system", "requires")
    for old, name in zip(requires, names):
        if name in _NEEDED and not _admits(old, _NEEDED[name][1]):
            newer = f"{name}>={_NEEDED[name][0]}" + (",<2" if name == "maturin" else "")
            place = Place(FILE, line_of_value(project.text, old, *path))
            notes.append(Note(place, f"{old} is too old for this backend; it becomes {newer}"))
            changes.append(Edit(EditKind.REPLACE_ENTRY, path, (old, newer)))
    if not system:
        missing = [one for one in setup_requires(setup) if requirements.name_of(one) not in names]
        changes += [Edit(EditKind.PREPEND, path, one) for one in reversed(missing)]
    if NAME not in names:
        # The backend finds the delegate by its name in requires, else by the extra.
        others = {name for name in names if name in ("maturin", "setuptools-rust")}
        changes.append(Edit(EditKind.PREPEND, path, requirement("" if others == {kind} else kind)))
    if "backend-path" not in system and system.get("build-backend") != BACKEND:
        changes.append(Edit(EditKind.SET_KEY, ("build-system", "build-backend"), BACKEND))
    if system.get("build-backend") in (None, _SETUPTOOLS[1]) and "backend-path" not in system:
        notes += list(_local_imports(project, setup))
    return changes, notes


def _admits(requirement: str, versions: list[str]) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        specifier = Requirement(requirement).specifier
    except InvalidRequirement:
        return True
    return any(specifier.contains(version) for version in versions)


def setup_requires(setup: SetupPy) -> list[str]:
    """The literal requirements of ``setup_requires``, which the backend does not read; without setuptools-rust."""
    literals = []
    for node in ast.walk(setup.tree):
        if isinstance(node, ast.keyword) and node.arg == "setup_requires":
            for literal in ast.walk(node.value):
                if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                    literals.append(literal.value)
    return [
        requirement for requirement in literals if requirements.name_of(requirement) not in ("setuptools-rust", "wheel")
    ]


def _local_imports(project: Project, setup: SetupPy) -> Iterator[Note]:
    """Without build-backend, setuptools puts the project's folder on sys.path; this backend does not."""
    for node in setup.tree.body:
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
        for module in modules:
            top = project.root / module.partition(".")[0]
            if top.with_suffix(".py").is_file() or (top / "__init__.py").is_file():
                text = f"setup.py imports {module} from the project's folder, which is not on sys.path in a build by a "
                text += "declared backend: put sys.path.insert(0, os.path.dirname(__file__)) before it"
                yield Note(Place(setup_py.FILE, node.lineno), text)
