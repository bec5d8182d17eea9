"""What a case says of its Python."""

from __future__ import annotations

from pyo3_features_backend.model.settings import Settings
from support.targets import case, cpython, crate


def test_abi3_is_off_for_a_native_python_and_the_floor_for_any_other() -> None:
    settings = Settings(abi3="3.14", abi3_native="<3.14")
    asked = [case(crate(), target, settings).abi3 for target in (cpython(13), cpython(14), cpython(13, "t"))]
    assert asked == ["off", "3.14", "3.14"]
    assert case(crate(), cpython(13)).abi3 == "auto"
