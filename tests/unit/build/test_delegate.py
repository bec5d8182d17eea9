"""The interface of the delegates."""

from __future__ import annotations

import inspect

import pytest

from pyo3_features_backend.build import delegate, maturin, setuptools
from pyo3_features_backend.model.words import DelegateName

FUNCTIONS = [name for name, value in vars(delegate.Delegate).items() if inspect.isfunction(value) and name[0] != "_"]


def test_each_name_has_its_module() -> None:
    found = {name: delegate.of(name) for name in DelegateName}
    assert found == {DelegateName.MATURIN: maturin, DelegateName.SETUPTOOLS_RUST: setuptools}


@pytest.mark.parametrize("name", DelegateName)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_delegate_takes_the_arguments_of_the_interface(name: DelegateName, function: str) -> None:
    asked = list(inspect.signature(getattr(delegate.Delegate, function)).parameters)[1:]
    assert list(inspect.signature(getattr(delegate.of(name), function)).parameters) == asked
