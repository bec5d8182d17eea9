"""The number that chooses what is random in a run."""

from __future__ import annotations

import datetime
import os

# Another one each day. It is kept in the environment, so that the processes of one run agree about it at midnight.
SEED = os.environ.get("PFB_SEED") or str(datetime.date.today().toordinal())
os.environ["PFB_SEED"] = SEED
