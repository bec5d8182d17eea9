"""The types of the keys of pyproject.toml that are read: one message, with the line and what to write."""

from __future__ import annotations

import pytest

from pyo3_features_backend.errors import ProjectError
from pyo3_features_backend.facts import toml
from pyo3_features_backend.facts.typed import check


def test_keys_of_the_right_type_and_those_that_nobody_reads_are_taken() -> None:
    text = '[project]\nname = "a"\nclassifiers = []\nreadme = 3\n[tool.maturin]\nlocked = true\nfeatures = ["a", {}]\n'
    text += '[[tool.setuptools-rust.ext-modules]]\ntarget = 3\nargs = ["-q"]\n[tool.other]\nmaturin = 3\n'
    check(toml.parse(text), text)


@pytest.mark.parametrize(
    ("text", "line", "message", "hint"),
    [
        ("project = 3\n", 1, "[project] must be a table", "write its keys below a line [project]"),
        ("[tool]\nmaturin = 3\n", 2, "[tool.maturin] must be a table", "write its keys below a line [tool.maturin]"),
        ("\n[project]\nname = 3\n", 3, "name must be a string", 'write name = "..."'),
        ('[project]\nclassifiers = ["a", 3]\n', 2, "classifiers must be a list of strings", 'classifiers = ["..."]'),
        ("[tool.maturin]\nlocked = 1\n", 2, "locked must be true or false", "write locked = true"),
        (
            "[tool.setuptools-rust]\nbins = [3]\n",
            2,
            "[[tool.setuptools-rust.bins]] must be an array of tables",
            "below a line [[tool.setuptools-rust.bins]]",
        ),
        (
            '[[tool.setuptools-rust.bins]]\n[[tool.setuptools-rust.bins]]\nfeatures = "a"\n',
            3,
            "features must be a list of strings",
            'features = ["..."]',
        ),
        ('[tool.maturin]\nmodule-name = "a\\u0000"\n', 2, "module-name contains a NUL", "remove it"),
        ('[tool.maturin]\nfeatures = ["a", "\\u0000"]\n', 2, "features contains a NUL", "remove it"),
    ],
)
def test_a_key_of_another_type_is_named_with_its_line(text: str, line: int, message: str, hint: str) -> None:
    with pytest.raises(ProjectError) as caught:
        check(toml.parse(text), text)
    assert str(caught.value.place) == f"pyproject.toml:{line}"
    assert message in caught.value.message
    assert caught.value.hint and hint in caught.value.hint
