"""The names of the Pythons that a project may serve."""

from __future__ import annotations

from pyo3_features_backend.author.pythons import setup_python
from support.matrices import ALL
from support.targets import cpython


def test_the_names_of_pythons() -> None:
    assert [setup_python(one) for one in ALL if one.version >= (3, 12)] == [
        *("3.12", "3.13", "3.14", "3.15", "3.13t", "3.14t", "3.15t", "pypy3.12", "graalpy-25.0", "graalpy-25.3")
    ]
    assert len({one.wheel_tag for one in ALL}) == len(ALL)
    assert cpython(8).wheel_tag == ("cp38", "cp38")
    assert next(one for one in ALL if one.version == (3, 7)).wheel_tag == ("cp37", "cp37m")
