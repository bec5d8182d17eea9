"""Which delegate a project has, and what its build needs installed. Runs neither cargo nor setup.py."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from . import project as projects
from . import settings as settings_module
from . import target
from .errors import ProjectError, SettingsError

MATURIN = "maturin>=1.14,<2"
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9._-]+)\s*(?:\[([^\]]*)\])?")


def _names(project: projects.Project) -> tuple[list[str], list[str]]:
    """(delegates named in build-system.requires, delegates named as extras on our own requirement)."""
    named, extras = [], []
    requires = project.table.get("build-system", {}).get("requires", [])
    for requirement in requires if isinstance(requires, list) else []:
        found = _REQUIREMENT.match(str(requirement))
        if not found:
            continue
        name = re.sub(r"[-_.]+", "-", found.group(1)).lower()
        if name in ("maturin", "setuptools-rust"):
            named.append(name)
        elif name == "pyo3-features-backend" and found.group(2):
            extras += [re.sub(r"[-_.]+", "-", extra.strip()).lower() for extra in found.group(2).split(",")]
    return named, [extra for extra in extras if extra in ("maturin", "setuptools-rust")]


def delegate_of(project: projects.Project, settings: settings_module.Settings) -> str:
    """The delegate by the order of the interface; two at one level raise :class:`ProjectError`."""
    if settings.delegate:
        choice = settings.delegate
    else:
        named, extras = _names(project)
        tool = project.table.get("tool", {})
        tables = [name for name in ("maturin", "setuptools-rust") if name in tool]
        setup = ["setuptools-rust"] if (project.root / "setup.py").is_file() else []
        choice = "maturin"
        for level in (extras, named, tables, setup):
            if len(set(level)) > 1:
                raise ProjectError(
                    "both maturin and setuptools-rust are named",
                    place=project.place("build-system", "requires"),
                    hint='choose one with delegate = "maturin" in [tool.pyo3-features-backend]',
                )
            if level:
                choice = level[0]
                break
    if choice != "maturin":
        place = settings.sources["delegate"][1] if "delegate" in settings.sources else None
        raise SettingsError(
            "setuptools-rust cannot be the delegate in this version", place=place, hint='set delegate = "maturin"'
        )
    return choice


def build_requirements(kind: str, config_settings: settings_module.ConfigSettings | None) -> list[str]:
    """PEP 508 requirements for a "wheel", "editable" or "sdist" build of the project in the current folder."""
    project = projects.load(Path.cwd())
    running = target.running()
    settings = settings_module.load(project.table, project.text, os.environ, config_settings, running)
    delegate_of(project, settings)
    named, extras = _names(project)
    needed = [] if "maturin" in named + extras else [MATURIN]
    if kind != "sdist" and project.maturin.get("bindings") == "cffi" and running.implementation != "pypy":
        needed.append("cffi")
    if not os.environ.get("MATURIN_NO_INSTALL_RUST") and not shutil.which("cargo"):
        needed.append("puccinialin")
    return needed
