"""The build arguments of a delegate, by what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Arguments(NamedTuple):
    """Build arguments as :func:`facts.arguments.parse` reads them.

    ``features`` are all of ``--features``, ``values`` the options with one value by their long name, ``config`` every
    ``--config``, ``flags`` the words that are options without a value. ``rest`` holds, in order, everything that only
    the delegate has to understand.
    """

    features: tuple[str, ...] = ()
    values: Mapping[str, str] = {}
    config: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    rest: tuple[str, ...] = ()
