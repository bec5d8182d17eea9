"""What is known before any tool runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.build.start import Hook, Start
from pyo3_features_backend.errors import SettingsError
from pyo3_features_backend.model.words import DelegateName
from support.files import append


def test_the_settings_and_the_delegate_are_those_of_the_project(hello: Path) -> None:
    append(hello, "pyproject.toml", 'compile-cache = "off"\n')
    given = {"build-args": "--locked"}
    start = Start.read(hello, given)
    assert (start.project.root, start.delegate, start.config_settings) == (hello, DelegateName.MATURIN, given)
    assert start.settings.compile_cache == "off"
    append(hello, "pyproject.toml", "abi3 = 3\n")
    with pytest.raises(SettingsError, match="abi3 must be a string"):
        Start.read(hello, None)


@pytest.mark.parametrize(("name", "editable"), [("build_wheel", False), ("build_editable", True)])
def test_a_hook_knows_whether_it_builds_an_editable_wheel(name: str, editable: bool) -> None:
    assert Hook(name, ".", None).editable == editable
