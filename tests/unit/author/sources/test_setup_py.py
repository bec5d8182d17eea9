"""The literals of a setup.py, which is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.author.sources import setup_py
from pyo3_features_backend.author.sources.setup_py import Extension
from pyo3_features_backend.errors import ProjectError


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('RustExtension("a.b")', Extension("a.b", "Cargo.toml", (), True, False, False)),
        ('RustBin("tool", "c/Cargo.toml")', Extension("tool", "c/Cargo.toml", (), True, False, True)),
        ('sr.RustExtension(target="a", path=p)', Extension("a", None, (), True, False, False)),
        ("RustExtension({'x': 'y'})", Extension("", "Cargo.toml", (), True, False, False)),
        ('RustExtension("a", binding=Binding.Exec)', Extension("a", "Cargo.toml", (), True, False, True)),
        (
            'StrippedRustExtension("a", features=("x", Y), args=["--no-default-features", "-F", "y z"])',
            Extension("a", "Cargo.toml", ("x", "y", "z"), False, False, False),
        ),
        (
            'RustExtension("a", cargo_manifest_args=["--all-features"])',
            Extension("a", "Cargo.toml", (), True, True, False),
        ),
    ],
)
def test_an_extension_is_what_its_call_says_literally(call: str, expected: Extension) -> None:
    assert setup_py.parse(f"setup(rust_extensions=[{call}])").extensions == (expected,)


def literals(text: str) -> list[str]:
    """One line for each: line, what, value, extension; and whether it can be removed."""
    found = setup_py.parse(text).literals
    return [f"{one.line} {one.what} {one.value} {one.extension} {one.holder is not None}" for one in found]


def test_the_words_of_an_extension_are_named_with_their_line() -> None:
    text = (
        'RustExtension(\n"a",\nfeatures=["x",\n"y"],\nargs=["--features", "z"],\npy_limited_api=True)\n'
        'RustExtension("b", py_limited_api="auto", features=F)'
    )
    assert literals(text) == [
        "3 feature x a True",
        "4 feature y a True",
        "5 argument z a False",
        "6 extension py_limited_api True a True",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('setup(options={"bdist_wheel": {"py_limited_api": "cp39"}})', ["1 py_limited_api cp39  True"]),
        ('setup(options={"bdist_wheel": {"py_limited_api": TAG}})', ["1 py_limited_api   False"]),
        ('O = {"py-limited-api": "cp39"}', ["1 py_limited_api cp39  False"]),
        ('self.py_limited_api = "cp39"', ["1 py_limited_api cp39  False"]),
        ('py_limited_api = "cp39"', []),
        ('sys.argv += ["--py-limited-api=cp39"]', ["1 py_limited_api cp39  False"]),
        (
            'F = ["pyo3/abi3-py39", "pyo3?/abi3t", "x/extension-module", "pyo3/macros", "abi3"]',
            [
                "1 other pyo3/abi3-py39  False",
                "1 other pyo3?/abi3t  False",
                "1 other x/extension-module  False",
            ],
        ),
    ],
)
def test_what_stands_elsewhere_is_found_by_its_form(text: str, expected: list[str]) -> None:
    assert literals(text) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--features", "a,b", "-Fc"], ["a", "b", "c"]),
        (["-F", "a", "--features"], ["a"]),  # nothing follows
        (["-F", "--", "-Fb"], []),
        ([], []),
    ],
)
def test_the_features_among_words_for_cargo(words: list[str], expected: list[str]) -> None:
    assert setup_py.features_of(words) == expected


def test_a_setup_py_that_is_no_python_is_an_error_with_its_line_and_none_is_empty(tmp_path: Path) -> None:
    assert setup_py.load(tmp_path).extensions == ()
    (tmp_path / "setup.py").write_text("import x\nsetup(\n")
    with pytest.raises(ProjectError, match=r"error: setup\.py:2: not valid Python"):
        setup_py.load(tmp_path)
    (tmp_path / "setup.py").write_bytes(b"\xff")
    with pytest.raises(ProjectError, match=r"error: setup\.py: not UTF-8 text"):
        setup_py.load(tmp_path)
