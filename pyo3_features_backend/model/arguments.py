"""The build arguments of a delegate, sorted by their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Arguments(NamedTuple):
    """Build arguments as :func:`facts.arguments.parse` reads them.

    ``features`` lists the values of every ``--features``. ``values`` maps the long name of an option to its one value.
    ``config`` lists the values of every ``--config``. ``flags`` is the set of options without a value. ``rest`` lists,
    in order, every argument that is passed to the delegate unchanged: the flags, and everything that only the delegate
    reads.
    """

    features: tuple[str, ...] = ()
    values: Mapping[str, str] = {}
    config: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    rest: tuple[str, ...] = ()
