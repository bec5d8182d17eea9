"""The number that chooses what is random in a run."""

from __future__ import annotations

import datetime
import os

# Another one each day.
SEED = os.environ.get("PFB_SEED") or str(datetime.date.today().toordinal())
