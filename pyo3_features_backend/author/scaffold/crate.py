"""What a crate lacks to be a Python package: pyproject.toml, PyO3, a library that Python can load, and a module in it.

Nothing that is there is written over: lines are added to Cargo.toml and to the library's source, and a module only
where the sources have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ...decide import pyo3
from ...decide.release import Release
from ...errors import Place, ProjectError
from ...facts import project as projects
from ...facts.files import text_of
from ...facts.project import FILE, Project
from ...facts.rust_text import Source
from ...facts.toml import line_of
from ...model.version import Python, python_text, version_tuple
from ...model.words import DelegateName
from ..backend import BACKEND, requirement
from ..edits.changes import Change, read_text
from ..edits.tables import Edit, EditKind, edited, source
from ..migrate.old_metadata import from_cargo
from ..sources import manifests, rust_sources, setup_py
from ..sources.manifests import Dependency, Manifest, table_at
from ..sources.paths import shown
from . import inherited, templates
from .names import Names, names

_DECLARATIVE = (0, 23)  # a module as a Rust `mod`, without a feature (PyO3's changelog)
_MODULE = re.compile(r"#\s*\[\s*(?:cfg_attr\s*\([^\]]*)?(?:::)?(?:\w+\s*::\s*)*pymodule\b|\bPyInit_")
_MANIFEST_IN = "MANIFEST.in"
_DEPENDENCY = ("dependencies", "pyo3")


class _Crate(NamedTuple):
    """The crate: its manifest, its names, its library's source, and its PyO3 (``floor`` is declared, or None)."""

    manifest: Manifest
    names: Names
    library: Path
    release: Release
    floor: Python | None


def init(root: Path, delegate: str) -> list[Change]:
    """What the crate in ``root`` lacks to be built by ``delegate``; nothing is written.

    Empty for a project that uses this backend already. Raises :class:`ProjectError` for a project of another backend,
    a crate without a library, and whatever else has to be decided by its author; :class:`BackendError` where tomlkit is
    missing.
    """
    if _is_python(root):
        return []
    (manifest, *others) = _manifests(root)
    package, library = _library(manifest)
    inherited.check(manifest)
    place = Place(manifest.shown, line_of(manifest.text, "package", "name"))
    module = str(table_at(manifest.table, "lib").get("name", package.replace("-", "_")))
    chosen = names(
        package, module, place=place, hint="rename the crate; [lib] name is the name of the module where it is given"
    )
    edits = _crate_types(manifest)
    if "-" in package and "name" not in table_at(manifest.table, "lib"):  # maturin asks for the name of the module
        edits.insert(0, Edit(EditKind.SET_KEY, ("lib", "name"), module))
    has_module = any(_MODULE.search(Source(text_of(file)).code) for file in rust_sources.files(manifest, others))
    release, floor = _newest(manifest), None
    declared = _dependencies(manifest)
    if "pyo3" in declared:
        release, floor = _declared(manifest, declared["pyo3"], has_module)
    elif not (has_module and "pyo3-ffi" in declared):
        edits.append(_dependency(manifest, release))
    crate = _Crate(manifest=manifest, names=chosen, library=library, release=release, floor=floor)
    new = {FILE: _pyproject(root, crate, delegate, [manifest, *others])}
    if delegate == DelegateName.SETUPTOOLS_RUST and not (root / _MANIFEST_IN).exists():
        new[_MANIFEST_IN] = templates.MANIFEST
    changes = [Change(path=root / name, shown=name, before="", after=text) for name, text in new.items()]
    if edits:
        after = edited(manifest.text, manifest.shown, edits)
        changes.append(Change(path=manifest.path, shown=manifest.shown, before=manifest.text, after=after))
    return changes if has_module else [*changes, _with_module(root, crate)]


def _is_python(root: Path) -> bool:
    """Whether the project uses this backend. Raises :class:`ProjectError` where it is another Python project."""
    if (root / setup_py.FILE).exists():
        raise ProjectError(
            "the crate has a Python project already",
            place=Place(setup_py.FILE),
            hint="`pyo3-features migrate` moves it",
        )
    if not (root / FILE).exists() and not (root / FILE).is_symlink():
        return False
    system = projects.load(root).table.get("build-system", {})
    if system.get("build-backend") == BACKEND:
        return True
    hint = "move it away, run init, and put its tables into the new one"
    if system:
        hint = "`pyo3-features migrate` moves the project to this backend"
    raise ProjectError("the crate has one already, and init writes over nothing", place=Place(FILE), hint=hint)


def _manifests(root: Path) -> list[Manifest]:
    path = root / manifests.NAME
    if not path.exists() and not path.is_symlink():
        raise ProjectError(
            f"there is no {manifests.NAME} in {root}",
            hint="run it in the crate's folder, or begin with `pyo3-features new NAME`",
        )
    return manifests.read_all(root, [path])


def _library(manifest: Manifest) -> tuple[str, Path]:
    """The crate's name, and the source of its library."""
    if not manifest.name:
        raise ProjectError(
            "it is a workspace without a package", place=Place(manifest.shown), hint="-C DIR names a crate in it"
        )
    lib = table_at(manifest.table, "lib")
    if lib.get("proc-macro"):
        raise ProjectError(
            "it is a crate of procedural macros, which exports nothing else",
            place=Place(manifest.shown, line_of(manifest.text, "lib", "proc-macro")),
            hint="make a crate for Python beside it: `pyo3-features new NAME`",
        )
    if table_at(manifest.table, "package").get("edition", "2015") == "2015":
        raise ProjectError(
            "the crate is of Rust's edition 2015, which does not find pyo3 without `extern crate`",
            place=Place(manifest.shown, line_of(manifest.text, "package")),
            hint='`cargo fix --edition`, then edition = "2021"',
        )
    path = manifest.path.parent / str(lib.get("path", "src/lib.rs"))
    if not path.is_file():
        raise ProjectError(
            "the crate has no library, and only that can be imported",
            place=Place(str(lib.get("path", "src/lib.rs"))),
            hint="move the code that Python calls into src/lib.rs",
        )
    return manifest.name, path


def _crate_types(manifest: Manifest) -> list[Edit]:
    """The edit that makes a cdylib of the library, and leaves it what it was for other crates."""
    lib = table_at(manifest.table, "lib")
    key = "crate_type" if "crate_type" in lib else "crate-type"
    if "cdylib" in manifests.entries(lib, key):
        return []
    if key in lib:
        return [Edit(EditKind.APPEND, ("lib", key), "cdylib")]
    return [Edit(EditKind.SET_KEY, ("lib", key), ["lib", "cdylib"])]


def _newest(manifest: Manifest) -> Release:
    """The newest PyO3 for the oldest Rust that the crate supports."""
    package, known = table_at(manifest.table, "package"), pyo3.releases()
    oldest = package.get("rust-version")
    if not isinstance(oldest, str):
        return known[-1]
    fitting = [each for each in known if each.msrv and version_tuple(each.msrv) <= version_tuple(oldest)]
    if not fitting or version_tuple(fitting[-1].series) < _DECLARATIVE:
        raise ProjectError(
            f"PyO3 {python_text(_DECLARATIVE)} and later need Rust 1.63",
            place=Place(manifest.shown, line_of(manifest.text, "package", "rust-version")),
            hint=f"raise rust-version; PyO3 {known[-1].series} needs {known[-1].msrv}",
        )
    return fitting[-1]


def _dependency(manifest: Manifest, release: Release) -> Edit:
    """The edit that adds PyO3, as the workspace offers it or in a version of its own."""
    offered = "pyo3" in inherited.offered(manifest, "dependencies")
    return Edit(EditKind.SET_KEY, _DEPENDENCY, {"workspace": True} if offered else release.series)


def _dependencies(manifest: Manifest) -> dict[str, Dependency]:
    """The crate's own dependencies by the names of their packages."""
    return {each.package: each for each in manifests.dependencies(manifest) if each.section == _DEPENDENCY[:1]}


def _declared(manifest: Manifest, found: Dependency, has_module: bool) -> tuple[Release, Python | None]:
    """The release of the PyO3 that the crate depends on, and the floor that it declares."""
    place = Place(manifest.shown, line_of(manifest.text, *found.section, found.key))
    value = table_at(manifest.table, *found.section)[found.key]
    version = value if isinstance(value, str) else str(found.spec.get("version", ""))
    numbers = re.search(r"\d+\.\d+", version)
    release = (pyo3.release_of(numbers[0]) if numbers else None) or pyo3.releases()[-1]
    problem = hint = ""
    if found.spec.get("optional"):
        problem = "pyo3 is an optional dependency, and which feature of the crate turns it on is not written here"
        hint = "make it a plain dependency, or add pyproject.toml by hand, with that feature in [tool.maturin] features"
    elif not has_module and found.key != "pyo3":
        problem = f"pyo3 is called {found.key} here, and the module that init writes calls it pyo3"
        hint = "call it pyo3, or write the #[pymodule] first"
    elif not has_module and version_tuple(release.series) < _DECLARATIVE:
        problem = f"PyO3 {release.series} has no modules in the form that init writes"
        hint = f'raise it to "{pyo3.releases()[-1].series}", or write the #[pymodule] first'
    elif not has_module and not found.default and "macros" not in found.features:
        problem = "pyo3 is without its feature macros, so there is no #[pymodule]"
        hint = 'add features = ["macros"]'
    if problem:
        raise ProjectError(problem, place=place, hint=hint)
    floors = [floor for floor in map(pyo3.feature_floor, found.features) if floor]
    return release, min(floors, default=None)


def _pyproject(root: Path, crate: _Crate, delegate: str, written: Sequence[Manifest]) -> str:
    """The text of the new pyproject.toml."""
    keys = rust_sources.cache_keys(root, written)
    tables: dict[str, dict[str, Any]] = {
        "build-system": {"requires": [requirement(delegate)], "build-backend": BACKEND},
        "project": dict(_metadata(root, crate, delegate)),
    }
    if delegate == DelegateName.SETUPTOOLS_RUST:
        tables["tool.setuptools"] = {"packages": []}
        tables["[tool.setuptools-rust.ext-modules]"] = {"target": crate.names.module}
    tables["tool.uv"] = {"cache-keys": [{"file": name} for name in dict.fromkeys([*keys, "Cargo.lock"])]}
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {source(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )


def _metadata(root: Path, crate: _Crate, delegate: str) -> Iterator[tuple[str, Any]]:
    """[project]. maturin takes from Cargo.toml what ``dynamic`` names; setuptools does not read that file."""
    yield "name", crate.names.project
    if delegate == DelegateName.MATURIN:
        yield "dynamic", from_cargo(Project(root, {}, ""), crate.manifest) or ["version"]
    else:
        yield "version", inherited.value(crate.manifest, "version") or "0.0.0"
        for key in ("description", "readme"):
            if isinstance(value := inherited.value(crate.manifest, key), str) and not value.startswith(".."):
                yield key, value
    yield "requires-python", f">={python_text(crate.floor or crate.release.cpython_min)}"


def _with_module(root: Path, crate: _Crate) -> Change:
    """The library's source with a module at its end."""
    file = shown(root, crate.library)
    text = read_text(crate.library, file)
    code, module = Source(text).code, crate.names.module
    taken = set(re.findall(r"\w+", code))
    item = next(name for name in (module, "python", f"{module}_python", f"{module}_for_python") if name not in taken)
    renamed = "" if item == module else f'\n#[pyo3(name = "{module}")]'
    added = templates.MODULE.format(item=item, renamed=renamed)
    if "\r\n" in text:
        added = added.replace("\n", "\r\n")
    before = text if not text or text.endswith("\n") else text + ("\r\n" if "\r\n" in text else "\n")
    return Change(path=crate.library, shown=file, before=text, after=before + added if before else added.lstrip())
