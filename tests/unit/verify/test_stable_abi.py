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


def test_the_data_says_which_python_added_a_function_and_an_exception() -> None:
    pytest.importorskip("abi3info")
    abi = stable_abi.load()
    assert (abi.added["PyList_New"], abi.added["PyObject_GetBuffer"]) == ((3, 2), (3, 11))
    assert abi.added["PyExc_ValueError"] == (3, 2)
    assert "PyRun_SimpleStringFlags" not in abi.added
    assert abi.newest >= (3, 13)
