"""The matrix of a project: for every Python that it allows, the plan of a build."""

from __future__ import annotations

from pathlib import Path

from ...build.gather import Facts
from ...build.survey import facts_for
from ...errors import ProjectError
from ...facts import project
from ...facts.environ import changed
from ...model.settings import ConfigSettings
from ...model.words import DelegateName
from ..platforms import Platform, pythons
from . import Matrix, allowed, of_plans


def of_project(root: Path, platform: Platform | None = None) -> tuple[Facts, Matrix]:
    """The facts for one of the Pythons that the project in ``root`` allows, and the matrix for all of them: those of
    ``platform``, or of Linux, macOS and Windows.

    Raises a :class:`BackendError` for a project that cannot be read, or that allows no Python.
    """
    surveyed, matrix = survey(root, platform=platform)
    return surveyed[0], matrix


def survey(
    root: Path, config_settings: ConfigSettings | None = None, platform: Platform | None = None
) -> tuple[list[Facts], Matrix]:
    """The facts for every Python that the project in ``root`` allows, and the matrix. Raises as :func:`of_project`."""
    loaded = project.load(root)
    place = loaded.place("project", "requires-python")
    targets = allowed(pythons(platform), loaded.requires_python, loaded.classifiers, place)
    # cargo then answers for the platform: conditional dependencies are those that it has there.
    with changed({"CARGO_BUILD_TARGET": platform.triple} if platform else {}):
        surveyed = facts_for(root, targets, config_settings) if targets else []
    # A setup.py can say something else than pyproject.toml.
    wanted = allowed(targets, surveyed[0].requires_python, surveyed[0].classifiers, place) if surveyed else []
    if not wanted:
        where = f" of {platform.title}" if platform else ""
        message = f"requires-python and the classifiers allow no Python{where}"
        raise ProjectError(message, place=place, hint="correct one of the two")
    without = {
        facts.target: "the extension is optional, and cannot be built" if facts.extensions else facts.plan.reason
        for facts in surveyed
        if not any(facts.crates)
    }
    # A program, cffi, or uniffi: maturin's wheel is for any Python (its user guide, "Bindings").
    for_any = {
        facts.target: ("py3", "none")
        for facts in surveyed
        if facts.delegate == DelegateName.MATURIN and not _uses_pyo3(facts)
    }
    plans = [(facts.target, facts.plan) for facts in surveyed if facts.target in wanted]
    return surveyed, of_plans(plans, without, for_any)


def _uses_pyo3(facts: Facts) -> bool:
    return bool(facts.crate and facts.crate.pyo3)
