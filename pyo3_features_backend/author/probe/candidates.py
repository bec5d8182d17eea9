"""What to try: floors, and features of the crate. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ...decide import pyo3
from ...model.version import Python
from ..sources.feature_graph import closure, off_by_default

_NAMED = re.compile(r"(?:^|[-_])(?:abi3?t?|(?:py[-_]?)?limited(?:[-_]?api)?|stable[-_]?(?:api|abi))(?:$|[-_])")
_CFG = re.compile(r'\bfeature\s*=\s*"([^"]+)"')
_REACH = 25  # lines above an error within which a cfg can be what decides about that code


class CrateFeature(NamedTuple):
    """A feature of the crate; ``floor`` is the lowest abi3 floor of PyO3 that it turns on, if it turns one on."""

    name: str
    floor: Python | None = None


def floors(lower: Python | None, offered: Sequence[Python]) -> list[Python]:
    """The floors to try, in this order, of those ``offered`` by PyO3: from the lower bound of requires-python up.

    One after the other, not by bisection: a floor that works is seldom more than two steps away, and code behind
    `cfg(Py_3_12)` can compile at a floor and not at a higher one, so neither end says anything about the middle.
    """
    return [floor for floor in offered if lower is None or floor >= lower] or list(offered[-1:])


def crate_features(table: Mapping[str, Sequence[str]], key: str) -> list[CrateFeature]:
    """The features of a crate's [features] ``table`` that have to do with the stable ABI by their name, or because
    they turn on PyO3's (``key`` is that dependency's). What is on by default is left out.
    """
    features = []
    for name in off_by_default(table):
        reached = closure(table, name)
        own = [entry.replace("?/", "/").partition("/")[2] for entry in reached if re.match(rf"{key}\??/", entry)]
        asks = [feature for feature in own if feature == "abi3" or feature.startswith("abi3-py")]
        if asks or _NAMED.search(name):
            bounds = [bound for feature in asks if (bound := pyo3.feature_floor(feature))]
            features.append(CrateFeature(name, min(bounds, default=None)))
    return features


def near(source: str, line: int, known: Iterable[str]) -> list[str]:
    """The features among ``known`` that a cfg shortly above ``line`` (1-based) of ``source`` names, nearest first."""
    rows = source.splitlines()[max(0, line - _REACH) : line]
    named = [name for row in reversed(rows) if "cfg" in row for name in _CFG.findall(row)]
    return [name for name in dict.fromkeys(named) if name in set(known)]


def with_limited_api(sources: Iterable[str], known: Iterable[str]) -> list[str]:
    """The features among ``known`` that share a cfg with Py_LIMITED_API."""
    rows = [row for source in sources for row in source.splitlines() if "Py_LIMITED_API" in row and "cfg" in row]
    return [name for name in dict.fromkeys(name for row in rows for name in _CFG.findall(row)) if name in set(known)]
