"""A maturin or setuptools-rust project as one that uses this backend: what changes in its files, and in its wheel.

What cannot surely be done is not done, but told (``by_hand``).
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .. import gather, hardcoded
from ..errors import Place, ProjectError
from ..gather import Facts, Start
from ..hardcoded import Hardcoded
from ..plan import Plan
from ..problems import Problem
from ..pyo3 import python_text
from ..settings_model import TABLE
from ..survey import facts_of
from ..toml import parse
from ..toml_edit import Value, with_settings
from . import pyproject, setup_files, tables
from .write import Change, read, with_line_ends_of

_BACKENDS = ("maturin", "setuptools.build_meta", "setuptools.build_meta:__legacy__", pyproject.BACKEND)
_LEFT_OUT = ("target", ".git", ".hg", ".tox", ".nox", ".venv", "venv", "node_modules", "__pycache__")


class Migration(NamedTuple):
    """What a migration does: the ``changes`` of files, what is left to do ``by_hand``, the plans of the running Python.

    ``before`` is what the project builds today: without this backend, a stable ABI is only where it is declared.
    """

    root: Path
    changes: tuple[Change, ...]
    by_hand: tuple[Problem, ...]
    before: Facts
    after: Facts


def plan(root: Path) -> Migration:
    """What turns the project in ``root`` into one that uses this backend; nothing is written.

    Raises a :class:`BackendError` for a project whose build this backend cannot take over, or whose plan cannot be
    known: then a narrower wheel would be a surprise.
    """
    begun = gather.start(root, None)
    _refuse(begun)
    before = _today(begun)
    found = hardcoded.find(root)
    texts: dict[str, str] = {}
    for file in sorted({one.file for one in found} | {"pyproject.toml"}):
        texts[file] = _without([one for one in found if one.file == file], read(root / file, file))
    by_hand = list(_setup_files(root, texts))
    crate_features = _gating(root, found)
    text = pyproject.build_system(texts["pyproject.toml"], begun.delegate)
    texts["pyproject.toml"] = pyproject.cache_keys(text, list(_cache_keys(root, before)))
    wanted: dict[str, Value] = {"abi3-crate-features": crate_features} if crate_features else {}
    after = _after(root, _changes(root, texts, wanted), before)
    declared = before.plan.floor if _declared(before) else None
    if declared and (not after.plan.floor or declared > after.plan.floor):
        wanted = {"abi3": python_text(declared), **wanted}
        after = _after(root, _changes(root, texts, wanted), before)
    changes = _changes(root, texts, wanted)
    return Migration(root, tuple(changes), tuple(by_hand), before, after)


def narrower(before: Plan, after: Plan) -> str | None:
    """In words, which Pythons the wheel of ``after`` leaves out that the one of ``before`` served; None for none."""
    if before.floor and not after.floor:
        return f"it serves one Python only, and no longer each from {python_text(before.floor)} on"
    if before.floor and after.floor and after.floor > before.floor:
        return (
            f"it serves each Python from {python_text(after.floor)} on, and no longer from {python_text(before.floor)}"
        )
    return None


def _today(begun: Start) -> Facts:
    """What the project builds for the running Python as it is."""
    facts = facts_of(begun.project.root, None)
    ours = begun.project.table.get("build-system", {}).get("build-backend") == pyproject.BACKEND
    return facts if ours or _declared(facts) else facts_of(begun.project.root, None, {"abi3": "off"})


def _refuse(begun: Start) -> None:
    system = begun.project.table.get("build-system", {})
    backend = system.get("build-backend", "setuptools.build_meta:__legacy__")
    if "backend-path" in system:
        raise ProjectError(
            f"the project has a build backend of its own ({backend}), and what it does cannot be known",
            place=begun.project.place("build-system", "backend-path"),
            hint="do what it does in another way, name setuptools.build_meta or maturin instead, then migrate",
        )
    if backend not in _BACKENDS:
        raise ProjectError(
            f"the build backend is {backend}; only projects of maturin and setuptools-rust can be migrated",
            place=begun.project.place("build-system", "build-backend"),
            hint="see the README for what a project with this backend looks like",
        )


def _without(found: list[Hardcoded], text: str) -> str:
    document = tables.parse(text)
    for path in dict.fromkeys(one.path for one in found):
        tables.without(document, path, [one.feature for one in found if one.path == path])
    return document.as_string()


def _setup_files(root: Path, texts: dict[str, str]) -> Iterator[Problem]:
    """Edit setup.cfg and setup.py in ``texts``; gives what is left to do by hand."""
    if (root / "setup.cfg").is_file():
        texts["setup.cfg"] = setup_files.without_limited_api(read(root / "setup.cfg", "setup.cfg"))
    if not (root / "setup.py").is_file():
        return
    text = read(root / "setup.py", "setup.py")
    try:
        texts["setup.py"] = setup_files.cut(text, setup_files.in_setup_py(text))
    except SyntaxError as error:
        raise ProjectError(
            f"not Python: {error.msg}", place=Place("setup.py", error.lineno), hint="mend it first"
        ) from None
    for number, line in enumerate(texts["setup.py"].splitlines(), 1):
        if re.search(r"py_limited_api(?!\s*=\s*False)|abi3|extension-module", line.partition("#")[0]):
            yield Problem(
                "PFB400",
                "warning",
                "this may declare a stable ABI, and is left as it is",
                Place("setup.py", number),
                f"take it out if it does; where a floor has to stay, write it as abi3 in [tool.{TABLE}]",
            )


def _gating(root: Path, found: Iterable[Hardcoded]) -> list[str]:
    """The crate's own features that went with abi3 and gate code, and that are not on anyway."""
    names = {str(one.path[-1]): one.file for one in found if one.where == "crate-feature" and one.kind == "abi3"}
    gating = []
    for name, file in names.items():
        folder = (root / file).parent
        if name == "default" or name in hardcoded.on_by_default(folder / "Cargo.toml"):
            continue
        asked = re.compile(rf'feature\s*=\s*"{re.escape(name)}"')
        sources = (source for source in folder.rglob("*.rs") if "target" not in source.parts)
        if any(asked.search(source.read_text(encoding="utf-8", errors="replace")) for source in sources):
            gating.append(name)
    return gating


def _cache_keys(root: Path, before: Facts) -> Iterator[str]:
    """What uv has to look at: the Python project's files, manifests, the lock file and Rust sources."""
    yield from (name for name in ("pyproject.toml", "setup.py", "setup.cfg") if (root / name).is_file())
    graph = before.crate.graph if before.crate else None
    beside = {one.folder for one in graph.local if not one.folder.is_relative_to(root)} if graph else set()
    for top in [root, *sorted(beside)]:
        prefix = "" if top == root else Path(os.path.relpath(top, root)).as_posix() + "/"
        yield from (f"{prefix}**/{name}" for name in ("Cargo.toml", "Cargo.lock", "*.rs"))


def _declared(facts: Facts) -> bool:
    """Whether a stable ABI is what the author declares by hand: a floor, or a bare abi3."""
    kinds = [hardcoded.kind_of(name) for crate in facts.crates if crate and crate.pyo3 for name in crate.pyo3.on]
    promised = any(crate.promised for crate in facts.crates if crate)
    return "abi3" in kinds or promised


def _changes(root: Path, texts: dict[str, str], wanted: dict[str, Value]) -> list[Change]:
    changes = []
    for file, text in texts.items():
        if file == "pyproject.toml":
            own = parse(text).get("tool", {}).get(TABLE, {})
            missing = {key: value for key, value in wanted.items() if key not in own}
            text = with_settings(text, missing, "declared before", "") if missing else text
        before = read(root / file, file)
        after = with_line_ends_of(before, text)
        if after != before:
            changes.append(Change(file, before, after))
    return changes


def _after(root: Path, changes: Iterable[Change], before: Facts) -> Facts:
    """The plan of a copy of the project with ``changes``."""
    graphs = [one.graph for one in before.crates if one and one.graph]
    within = [root, *(graph.workspace for graph in graphs), *(one.folder for graph in graphs for one in graph.local)]
    top = next((folder for folder in (root, *root.parents) if all(one.is_relative_to(folder) for one in within)), root)
    with tempfile.TemporaryDirectory() as scratch:
        copied = Path(scratch, top.name or "project")
        shutil.copytree(top, copied, symlinks=True, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        here = copied / root.relative_to(top)
        for one in changes:
            (here / one.file).write_bytes(one.after.encode("utf-8"))
        return facts_of(here, None)
