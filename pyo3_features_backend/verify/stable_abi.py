"""Which symbols are in the stable ABI, and since which Python. The data comes from abi3info, an optional package."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import NamedTuple

from ..errors import VerifyError
from ..model.version import Python

# abi3info 2026 needs Python 3.10; the last release for 3.9 knows the symbols up to Python 3.13, and a part of 3.14's.
REQUIREMENTS = ('abi3info>=2026; python_version >= "3.10"', 'abi3info>=2025.4; python_version < "3.10"')


class StableAbi(NamedTuple):
    """``added`` maps each symbol to the Python that added it to the stable ABI; ``newest`` is the newest of those."""

    added: Mapping[str, Python]
    newest: Python


def load() -> StableAbi:
    """The data of abi3info, which comes from CPython's ``Misc/stable_abi.toml``.

    Raises :class:`VerifyError` if it is not installed.
    """
    try:
        info = importlib.import_module("abi3info")
    except ImportError:
        raise VerifyError(
            "symbols can only be checked with abi3info, which is not installed",
            hint="pip install 'pyo3-features-backend[audit]'",
        ) from None
    entries = (*info.FUNCTIONS.values(), *info.DATAS.values())
    added = {entry.symbol.name: (entry.added.major, entry.added.minor) for entry in entries}
    return StableAbi(added, max(added.values()))
