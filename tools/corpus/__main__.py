"""``python tools/corpus``; see the package."""

from __future__ import annotations

import sys
from pathlib import Path

TOP = Path(__file__).parent.parent.parent
# The checkout, what its tests share, and this package.
sys.path[:0] = [str(TOP), str(TOP / "tests"), str(TOP / "tools")]

from corpus.run import main  # noqa: E402

if __name__ == "__main__":
    raise SystemExit(main())
