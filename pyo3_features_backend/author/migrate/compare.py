"""What a project builds before the migration and after it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...build import survey
from ...build.gather import Facts
from ...decide import pyo3
from ...decide.abi import PY_LIMITED_API
from ...errors import NAME, BackendError
from ...facts.environ import changed
from ...facts.project import Project
from ...model.target import Target
from ...model.version import Python, cp_tag, python_text
from ...model.words import DelegateName
from ..backend import BACKEND

SCM_VERSION = "SETUPTOOLS_SCM_PRETEND_VERSION"


class Side(NamedTuple):
    """One side of the comparison. ``facts`` is None if no plan can be made; ``error`` then says why.

    ``wheel`` is its tags, ``floor`` the lowest Python of a stable-ABI wheel, ``features`` the PyO3 features that are
    on and that the backend decides.
    """

    facts: Facts | None
    error: BackendError | None = None
    wheel: str = "not known"
    floor: Python | None = None
    features: tuple[str, ...] = ()

    def as_today(self, project: Project) -> Side:
        """What the delegate alone builds, where this backend does not build the project yet."""
        ours = project.table.get("build-system", {}).get("build-backend") == BACKEND
        return self if ours else self.alone()

    def alone(self) -> Side:
        """What the delegate builds from the same facts without this backend.

        maturin: the lowest abi3-pyXX that is on, or with a bare abi3 the version of the Python that runs the build.
        setuptools-rust: bdist_wheel's py_limited_api and nothing else; it adds PyO3's features itself.
        """
        facts = self.facts
        crate = facts.crate if facts else None
        if not facts or not crate or not crate.pyo3:
            return self
        target, on = facts.target, crate.pyo3.on
        names = sorted(name for name in on if name.startswith("abi3") or name == "extension-module")
        floors = [floor for name in on if (floor := pyo3.feature_floor(name))]
        if facts.delegate != DelegateName.MATURIN:
            promised = [request for request in crate.promised if request.by == PY_LIMITED_API]
            floors = [floor for request in promised if (floor := pyo3.feature_floor(request.feature))]
            names = sorted({*names, *map(pyo3.abi3_feature, floors), "extension-module"})
        elif not floors and "abi3" in on:
            floors = [target.version]
        plain = target.implementation == "cpython" and not target.free_threaded and not target.debug
        floor = min(floors) if floors and plain and min(floors) <= target.version else None
        wheel = f"{cp_tag(floor)}-abi3" if floor else "-".join(target.wheel_tag)
        return self._replace(wheel=wheel if facts.plan.wheel else facts.plan.label, floor=floor, features=_own(names))


def _own(names: Sequence[str]) -> tuple[str, ...]:
    """The requested feature without those that PyO3 turns on with it: abi3-py39 turns on abi3-py310 and so on."""
    floors = sorted((floor, name) for name in names if (floor := pyo3.feature_floor(name)))
    rest = [name for name in names if not pyo3.feature_floor(name) and not (name == "abi3" and floors)]
    return (*(name for _, name in floors[:1]), *rest)


def side_of(root: Path, python: str | Target | None, delegate: str | None = None) -> Side:
    """The plan of the project in ``root``; ``delegate`` is the one that builds it, where its files do not name it for
    this backend yet."""
    given = {f"{NAME}.delegate": delegate} if delegate else None
    # The copy has no version control, and setuptools-scm stops a build for which it finds no version.
    version = {SCM_VERSION: os.environ.get(SCM_VERSION, "0")}
    try:
        with changed(version), warnings.catch_warnings():  # setuptools would repeat its warnings for each plan
            warnings.simplefilter("ignore")
            facts = survey.facts_of(root, python, given)
    except BackendError as error:
        return Side(None, error)
    names = [feature.rpartition("/")[2] for feature in facts.plan.features]
    on = facts.crate.pyo3.on if facts.crate and facts.crate.pyo3 else frozenset()
    names += [name for name in on if name.startswith("abi3") or name == "extension-module"]
    features = _own(list(dict.fromkeys(names)))
    return Side(facts=facts, wheel=facts.plan.label, floor=facts.plan.floor, features=features)


def narrower(now: Side, then: Side) -> str | None:
    """In words, what a wheel no longer serves; None if it serves as many Pythons or more."""
    if now.floor is None or now.floor == then.floor or then.facts is None:
        return None
    before = python_text(now.floor)
    if then.floor is None:
        return f"the wheel was for every Python from {before} on, and will be for one ({then.wheel})"
    if then.floor > now.floor:
        after = python_text(then.floor)
        return f"the wheel was for every Python from {before} on, and will be for those from {after} on"
    return None
