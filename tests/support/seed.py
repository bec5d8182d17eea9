"""The number that chooses what is random in a run."""

from __future__ import annotations

import datetime
import os
import random
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

# Another one each day. It is kept in the environment, so that the processes of one run agree about it at midnight.
SEED = os.environ.get("PFB_SEED") or str(datetime.date.today().toordinal())
os.environ["PFB_SEED"] = SEED


def part(cases: Sequence[Case], parts: int, seed: str = SEED) -> list[Case]:
    """One of so many parts of the cases, in their order: as many seeds in a row, from a multiple, have all of them."""
    number = int(seed) if seed.isdecimal() else random.Random(seed).getrandbits(32)
    places = random.Random(number // parts).sample(range(len(cases)), len(cases))
    return [cases[place] for place in sorted(places[number % parts :: parts])]
