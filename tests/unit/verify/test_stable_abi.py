"""The data of the stable ABI."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pyo3_features_backend.errors import VerifyError
from pyo3_features_backend.verify import stable_abi


def test_without_abi3info_the_message_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "abi3info", None)
    with pytest.raises(VerifyError, match=r"which is not installed\n  help: .*backend\[audit\]'"):
        stable_abi.load()
