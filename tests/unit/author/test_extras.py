"""What a verb says when a package that it needs is not installed."""

from __future__ import annotations

import sys

import pytest

from pyo3_features_backend.author import extras
from pyo3_features_backend.errors import BackendError


def test_a_package_is_there_or_the_message_names_it_its_use_and_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    assert extras.needed("json", "json", "nothing").loads("1") == 1
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(BackendError) as caught:
        extras.needed("yaml", "PyYAML", "reading workflow files")
    assert caught.value.message == "reading workflow files needs PyYAML"
    assert caught.value.hint == "python -m pip install 'pyo3-features-backend[cli]'"
