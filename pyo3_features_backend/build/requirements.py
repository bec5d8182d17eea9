"""Finds the delegate of a project, and the packages that a build needs. Runs neither cargo nor setup.py."""

from __future__ import annotations

import os
import re
import shutil

from ..delegates.versions import MATURIN, SETUPTOOLS, SETUPTOOLS_ABI3T, SETUPTOOLS_RUST
from ..errors import ProjectError
from ..facts import interpreter as target
from ..facts import project as projects
from ..facts import settings as settings_module
from ..facts.files import current_folder
from ..model.settings import ConfigSettings, Settings
from ..model.target import Target
from ..model.words import DelegateName
from ..rebuild import archives
from ..verify.stable_abi import REQUIREMENTS

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?")


def name_of(requirement: str) -> str:
    """The normalised name (PEP 503) of a PEP 508 requirement; empty for an invalid one."""
    match = _REQUIREMENT.match(requirement)
    return re.sub(r"[-_.]+", "-", match.group(1)).lower() if match else ""


def required(project: projects.Project) -> set[str]:
    """The normalised names of the packages in build-system.requires."""
    return {name_of(str(requirement)) for requirement in _requires(project)}


def _requires(project: projects.Project) -> list[object]:
    requires = project.table.get("build-system", {}).get("requires", [])
    return requires if isinstance(requires, list) else []


def _names(project: projects.Project) -> tuple[list[DelegateName], list[DelegateName]]:
    """(delegates in build-system.requires, delegates that are extras of this backend's requirement there)."""
    named, extras = [], []
    for requirement in _requires(project):
        match = _REQUIREMENT.match(str(requirement))
        if not match:
            continue
        name = re.sub(r"[-_.]+", "-", match.group(1)).lower()
        if name in list(DelegateName):
            named.append(DelegateName(name))
        elif name == "pyo3-features-backend" and match.group(2):
            extras += [re.sub(r"[-_.]+", "-", extra.strip()).lower() for extra in match.group(2).split(",")]
    return named, [DelegateName(extra) for extra in extras if extra in list(DelegateName)]


def delegate_of(project: projects.Project, named: DelegateName | None) -> DelegateName:
    """The delegate of a project; ``named`` is the one in the settings. docs/settings.md has the order of the sources.

    Raises :class:`ProjectError` if one source names two.
    """
    if named:
        return named
    listed, extras = _names(project)
    tables = [name for name in DelegateName if name in project.table.get("tool", {})]
    for names, path in (
        (extras, ("build-system", "requires")),
        (listed, ("build-system", "requires")),
        (tables, ("tool", "maturin")),
    ):
        if len(set(names)) > 1:
            raise ProjectError(
                "both maturin and setuptools-rust are named",
                place=project.place(*path),
                hint='choose one with delegate = "maturin" in [tool.pyo3-features-backend]',
            )
        if names:
            return names[0]
    return DelegateName.SETUPTOOLS_RUST if (project.root / "setup.py").is_file() else DelegateName.MATURIN


def build_requirements(kind: str, config_settings: ConfigSettings | None) -> list[str]:
    """The PEP 508 requirements of a "wheel", "editable" or "sdist" build of the project in the current folder."""
    project = projects.load(current_folder())
    running = target.running()
    declared = settings_module.read(project.table, project.text, os.environ, config_settings)
    settings = declared.for_target(running)
    delegate = delegate_of(project, declared.delegate)
    named = required(project)
    checking = list(REQUIREMENTS) if kind != "sdist" and "symbols" in settings.verify else []
    archives.keep(settings.compile_cache)
    if delegate == DelegateName.SETUPTOOLS_RUST:
        return _setuptools(named | set(_names(project)[1]), settings, running, kind) + checking
    needed = [] if "maturin" in named | set(_names(project)[1]) else [MATURIN]
    if kind != "sdist" and project.maturin.get("bindings") == "cffi" and running.implementation != "pypy":
        needed.append("cffi")
    if not os.environ.get("MATURIN_NO_INSTALL_RUST") and not shutil.which("cargo"):
        needed.append("puccinialin")
    return needed + checking


def _setuptools(named: set[str], settings: Settings, running: Target, kind: str) -> list[str]:
    """The requirements with setuptools-rust, which itself would accept a setuptools that is too old."""
    needed = []
    if "setuptools-rust" not in named:
        needed.append(f"setuptools-rust>={SETUPTOOLS_RUST}")
    # Only a free-threaded Python can need an abi3t wheel, except if the crate graph has abi3t, which is not known here.
    threaded = running.implementation == "cpython" and running.free_threaded and running.version >= (3, 15)
    if (
        kind != "sdist"
        and threaded
        and settings.abi3t != "off"
        and (settings.abi3t != "auto" or settings.abi3 != "off")
    ):
        needed.append(f"setuptools>={SETUPTOOLS_ABI3T}")
    elif "setuptools" not in named:
        needed.append(f"setuptools>={SETUPTOOLS}")
    return needed
