"""Python API: the decision, with the values that it takes and returns."""

from __future__ import annotations

from .decide.abi import Restriction
from .decide.case import Basis
from .decide.plan import decide, decide_together
from .model.plan import Plan
from .model.problem import Problem

__all__ = ["Basis", "Plan", "Problem", "Restriction", "decide", "decide_together"]
