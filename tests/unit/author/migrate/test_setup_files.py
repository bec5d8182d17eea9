"""Edits of setup.py and setup.cfg, text in and text out."""

from __future__ import annotations

import pytest

from pyo3_features_backend.author.migrate import setup_files

SETUP = """from setuptools import setup
from setuptools_rust import RustExtension

setup(
    name="ü",
    rust_extensions=[
        RustExtension("a.b", features=["pyo3/abi3-py38", "x"], py_limited_api=True, debug=False),
        RustExtension(
            "a.c",
            py_limited_api=True,  # stable
            # of features
            features=["pyo3/extension-module"],
        ),
        RustExtension("ü.d", features=("pyo3/abi3",), py_limited_api=False),
        RustExtension("a.e", features=["pyo3/abi3", "pyo3/extension-module", ], py_limited_api="auto"),
    ],
    options={"bdist_wheel": {"py_limited_api": "cp38"}},
)
"""


AFTER = """from setuptools import setup
from setuptools_rust import RustExtension

setup(
    name="ü",
    rust_extensions=[
        RustExtension("a.b", features=["x"], debug=False),
        RustExtension(
            "a.c",
            # of features
        ),
        RustExtension("ü.d", py_limited_api=False),
        RustExtension("a.e", py_limited_api="auto"),
    ],
)
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_literal_goes_out_of_setup_py_and_nothing_beside_it(end: str) -> None:
    after = setup_files.setup_py_without(SETUP.replace("\n", end), lambda literal: literal.value != "x")
    assert after == AFTER.replace("\n", end)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "setup(options={'bdist_wheel': {'universal': 1, 'py_limited_api': 'cp38'}, 'x': 1})",
            "setup(options={'bdist_wheel': {'universal': 1}, 'x': 1})",
        ),
        ("setup(options={'bdist_wheel': {'py_limited_api': 'cp38'}, 'x': 1})", "setup(options={'x': 1})"),
        ("setup(x=1, options={'bdist_wheel': {'py_limited_api': 'cp38'}})", "setup(x=1)"),
        ("setup(options={'bdist_wheel': {'py_limited_api': 'cp38'}})", "setup()"),
        ("setup(options={'bdist_wheel': {'py_limited_api': TAG}})", None),
        ("OPTIONS = {'bdist_wheel': {'py_limited_api': 'cp38'}}", None),
        ("RustExtension('a', features=FEATURES, py_limited_api=LIMITED)", None),
        ("RustExtension('a', features=('pyo3/abi3', X))", "RustExtension('a', features=(X,))"),
        ("RustExtension('a', features=(X, 'pyo3/abi3'))", "RustExtension('a', features=(X,))"),
        ("RustExtension('a', features=(X, 'pyo3/abi3',))", "RustExtension('a', features=(X, ))"),
        ("RustExtension('a', 'b', ['c'], ['pyo3/abi3', 'pyo3/x'])", None),
        (
            "setup(options={'bdist_wheel': {'py_limited_api': 'cp38'}, 'bdist_wheel': {'py-limited-api': 'cp39'}})",
            "setup()",
        ),
    ],
)
def test_what_is_left_of_options_and_what_is_computed_stays(before: str, after: str | None) -> None:
    assert setup_files.setup_py_without(before, lambda literal: True) == (before if after is None else after)


def test_many_literals_are_removed() -> None:
    """In one pass: with a parse for each of them, this takes minutes."""
    each = "    RustExtension('a', features=['x', 'pyo3/abi3'], py_limited_api=True),\n"
    after = setup_files.setup_py_without(f"setup(r=[\n{each * 2000}])\n", lambda literal: literal.value != "x")
    assert after.count("RustExtension('a', features=['x']),") == 2000


def test_a_carriage_return_alone_ends_a_line() -> None:
    before = "RustExtension(\r\r'a',\r  features=['pyo3/abi3', 'x'])"
    after = setup_files.setup_py_without(before, lambda literal: literal.value != "x")
    assert after == "RustExtension(\r\r'a',\r  features=['x'])"


@pytest.mark.parametrize(
    ("before", "line", "after"),
    [
        (
            "[metadata]\nname=x\n\n[bdist_wheel]\npy_limited_api = cp38\n\n[x]\ny=1\n",
            5,
            "[metadata]\nname=x\n\n[x]\ny=1\n",
        ),
        ("[bdist_wheel]\nuniversal=1\npy-limited-api: cp38", 3, "[bdist_wheel]\nuniversal=1\n"),
        ("[a]\nb=1\n\n[bdist_wheel]\npy_limited_api=cp38\n", 5, "[a]\nb=1\n"),
        ("[bdist_wheel]\n# why\npy_limited_api=cp38\n", 3, "[bdist_wheel]\n# why\n"),
    ],
)
def test_an_option_goes_out_of_setup_cfg_with_a_section_that_held_nothing_else(
    before: str, line: int, after: str
) -> None:
    assert setup_files.setup_cfg_without(before, line) == after


def test_a_byte_order_mark_of_setup_py_stays() -> None:
    """Python skips it, so the file is fine."""
    before = '\ufeffRustExtension("ü", features=["pyo3/abi3", "x"], py_limited_api=True)\n'
    after = setup_files.setup_py_without(before, lambda literal: literal.value != "x")
    assert after == '\ufeffRustExtension("ü", features=["x"])\n'
