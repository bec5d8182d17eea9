"""What the workflow of a project depends on: its matrix, the flags of each wheel, and its tests."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from ...build.gather import Facts
from ...build.survey import facts_for
from ...delegates import maturin
from ...errors import DelegateError, Place, ProjectError
from ...facts.files import text_of
from ...model.target import Target
from ...model.words import DelegateName
from .. import flags
from ..backend import requirement
from ..matrix import Matrix, Wheel
from ..matrix import formats as matrix_formats
from ..matrix.survey import of_project
from ..pythons import identifier
from ..sources.manifests import table_at
from . import Call, Tool, Workflow

# Where pytest reads its options ("Configuration file formats" in its documentation).
_PYTEST = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


def survey(root: Path, tool: Tool | None) -> Workflow:
    """The workflow of the project in ``root``; without a ``tool``, with the one that suits its delegate.

    Raises a :class:`BackendError` for a project without a matrix, and for a tool that cannot build it.
    """
    facts, matrix = of_project(root)
    chosen = tool or (Tool.MATURIN_ACTION if facts.delegate == DelegateName.MATURIN else Tool.CIBUILDWHEEL)
    if chosen == Tool.MATURIN_ACTION and facts.delegate != DelegateName.MATURIN:
        raise DelegateError(
            "setuptools-rust builds this project, and maturin-action does not",
            place=Place("pyproject.toml"),
            hint="pyo3-features ci --with cibuildwheel",
        )
    left_out = tuple(wheel for wheel in matrix.wheels if not _can_build(chosen, wheel.build_with))
    wheels = [wheel for wheel in matrix.wheels if wheel not in left_out]
    if not wheels:
        raise ProjectError("the matrix has no wheel to build", hint="`pyo3-features matrix` says why")
    own = table_at(facts.project.table, "tool", "cibuildwheel")
    return Workflow(
        name=facts.name,
        tool=chosen,
        calls=tuple(_calls(root, matrix, wheels, chosen)),
        left_out=left_out,
        tests=_tests(facts),
        requirement=requirement("cli" if facts.delegate == DelegateName.MATURIN else "cli,setuptools-rust"),
        rust_by_project="before-all" in own or "before-all" in table_at(own, "linux"),
    )


def _can_build(tool: Tool, target: Target) -> bool:
    if tool == Tool.CIBUILDWHEEL:
        return identifier(target) not in matrix_formats.NOT_BUILT
    return target.implementation in ("cpython", "pypy")


def _calls(root: Path, matrix: Matrix, wheels: Sequence[Wheel], tool: Tool) -> list[Call]:
    """The wheels in calls with the same options each, and for cibuildwheel in runs that build all of them."""
    surveyed = facts_for(root, [wheel.build_with for wheel in wheels])
    options = _maturin_options if tool == Tool.MATURIN_ACTION else _config_settings
    groups: dict[str, list[Wheel]] = {}
    for wheel, facts in zip(wheels, surveyed):
        groups.setdefault(_locked(facts, options), []).append(wheel)
    if tool == Tool.MATURIN_ACTION:
        return [Call(tuple(group), text) for text, group in groups.items()]
    return [Call(tuple(run), text) for text, group in groups.items() for run in matrix_formats.runs(group)]


def _locked(facts: Facts, options: Callable[[Facts, Sequence[str]], str]) -> str:
    """The options of a build, locked where a Cargo.lock is committed and nothing says so already."""
    extension = facts.extensions[0]
    words = maturin.compose(extension) if facts.delegate == DelegateName.MATURIN else []
    said = any(facts.project.maturin.get(name) for name in ("locked", "frozen")) or {"--locked", "--frozen"} & set(
        words
    )
    lock = _lock(extension.manifest.parent) if facts.delegate == DelegateName.MATURIN and not said else None
    return options(facts, ["--locked"] if lock else [])


def _maturin_options(facts: Facts, words: Sequence[str]) -> str:
    return shlex.join([*words, *maturin.compose(facts.extensions[0])])


def _config_settings(facts: Facts, words: Sequence[str]) -> str:
    """CIBW_CONFIG_SETTINGS, which cibuildwheel splits as a shell does (its documentation, "config-settings")."""
    planned = [word[2:] for word in flags.for_build(facts)]
    if words and planned:
        return shlex.join(planned[0].replace("=", f"={' '.join(words)} ", 1) for _ in planned)
    return shlex.join(planned or [f"build-args={word}" for word in words])


def _lock(folder: Path) -> Path | None:
    """The Cargo.lock of the crate in ``folder``, or of its workspace; None where git leaves it out."""
    for parent in (folder, *folder.parents):
        lock = parent / "Cargo.lock"
        if lock.is_file():
            return None if _ignored(lock) else lock
        if (parent / ".git").exists():
            break
    return None


def _ignored(file: Path) -> bool:
    """Whether git ignores a file; a lock file that is only not committed yet will be."""
    command = ["git", "-C", str(file.parent), "check-ignore", "-q", file.name]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _tests(facts: Facts) -> str:
    """The command that tests an installed wheel: pytest where there are tests for it, else an import."""
    project, extension = facts.project, facts.extensions[0]
    name = str(
        extension.name or project.maturin.get("module-name") or (extension.crate.module if extension.crate else "")
    )
    # A folder of Rust's own tests has the same name.
    folders = any(any((project.root / folder).rglob("*test*.py")) for folder in ("tests", "test"))
    files = any((project.root / file).is_file() for file in (*_PYTEST[:4], "conftest.py"))
    if folders or files or "pytest" in project.table.get("tool", {}):
        # A conftest.py or a package `tests` puts its folder first on sys.path (pytest, "Import modes").
        flat = bool(name) and (project.root / name.partition(".")[0]).is_dir()
        return "pytest --import-mode=append" if flat and not _chooses_import_mode(project.root) else "pytest"
    program = extension.program or not (extension.crate and extension.crate.library)
    # -I: the sources may be a package of that name, in the folder in which the step runs.
    return "python -c 'pass'" if program else f"python -I -c 'import {name}'"


def _chooses_import_mode(root: Path) -> bool:
    """Whether the project's own options of pytest have an import mode, which an option of the command would replace."""
    return any("--import-mode" in text_of(root / name) for name in _PYTEST)
