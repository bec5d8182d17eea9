"""Releases of PyO3 that configuration files are held against."""

from __future__ import annotations

# Releases to prove it on: the lowest and the highest Python that each build script takes, and the highest that the code
# itself compiles for (0.15 lets every later Python through, and then lacks what 3.12 took away).
RELEASES = {
    "0.15.2": ((3, 6), (3, 13), (3, 11)),
    "0.22.6": ((3, 7), (3, 13), (3, 13)),
    "0.28.3": ((3, 7), (3, 14), (3, 14)),
    "0.30.1": ((3, 9), (3, 15), (3, 15)),
}
