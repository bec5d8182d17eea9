"""Matrices of wheels by value, and the names of what is in them."""

from __future__ import annotations

from collections.abc import Iterable

from pyo3_features_backend.author.matrix import Matrix, allowed, of_plans
from pyo3_features_backend.author.pythons import identifier, known
from pyo3_features_backend.decide.case import Basis
from pyo3_features_backend.decide.plan import decide
from pyo3_features_backend.model.settings import Settings
from pyo3_features_backend.model.target import Target
from support.targets import cpython, crate

CLASSIFIER = "Programming Language :: Python :: "
ALL = known(cpython(11))


def names(targets: Iterable[Target]) -> str:
    return " ".join(identifier(target) for target in targets)


def matrix(settings: Settings, version: str = "0.30.1", requires: str = ">=3.9", *on: str) -> Matrix:
    lower = (3, int(requires.split(".")[1]))
    targets = allowed(ALL, requires, [])
    return of_plans(
        [(one, decide(Basis(settings, one, "1.95.0", requires, lower), crate(version, *on))) for one in targets], {}
    )


def wheels(found: Matrix) -> dict[str, str]:
    return {wheel.label: names(wheel.serves) for wheel in found.wheels}
