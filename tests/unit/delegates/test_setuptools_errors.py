"""Exceptions of a setup.py as one message with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.delegates.setuptools_errors import translated
from pyo3_features_backend.errors import DelegateError, ProjectError


def run(root: Path, script: str) -> None:
    """As build_meta does it: the text of setup.py is executed as a string."""
    (root / "setup.py").write_text(script)
    failed = DelegateError("cargo failed", hint="see above")
    with translated(root, lambda: failed):
        exec(compile(script, "<string>", "exec"), {"__name__": "__main__"})


@pytest.mark.parametrize(
    ("script", "line", "message"),
    [
        ("import x y\n", 1, "setup.py is not valid Python: "),
        ("a = 1\nimport no_such_module\n", 2, "setup.py imports no_such_module, which is not installed"),
        ("def f():\n    raise KeyError('k')\nf()\n", 2, "setup.py raises KeyError: 'k'"),
        ("import sys\n\nsys.exit(3)\n", 3, "setup.py ends the build: sys.exit(3)"),
        (
            "raise FileNotFoundError(2, 'gone', 'f.txt')\n",
            1,
            "setup.py raises FileNotFoundError: [Errno 2] gone: 'f.txt'",
        ),
    ],
)
def test_what_a_setup_py_raises_is_told_with_its_line(script: str, line: int, message: str, tmp_path: Path) -> None:
    with pytest.raises(DelegateError) as caught:
        run(tmp_path, script)
    assert caught.value.message.startswith(message)
    assert str(caught.value.place) == f"setup.py:{line}"
    assert caught.value.hint
    assert caught.value.__suppress_context__


def test_an_error_of_ours_and_one_of_the_keyboard_go_through(tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        run(tmp_path, "from pyo3_features_backend.errors import ProjectError\nraise ProjectError('x')")
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "raise KeyboardInterrupt")


def test_a_bug_of_ours_keeps_its_traceback(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        run(tmp_path, "from pyo3_features_backend.delegates import setuptools_rust as s\ns._build_option(3)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("error: `cargo rustc` failed with code 101", "cargo failed: `cargo rustc` failed with code 101"),
        ("error in setup command: 'x'", "setuptools stopped: error in setup command: 'x'"),
        ("error: something else", "setuptools stopped: something else"),
    ],
)
def test_how_setuptools_ends_a_build_is_its_message(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DelegateError) as caught, translated(tmp_path, lambda: DelegateError("cargo failed")):
        raise SystemExit(text)
    assert caught.value.message == message


def test_a_setup_py_that_calls_no_setup_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "setup.py").touch()
    message = r"error: setup\.py: setup\.py ends without calling setup\(\)"
    with pytest.raises(DelegateError, match=message), translated(tmp_path, lambda: DelegateError("x")):
        raise RuntimeError("'distutils.core.setup()' was never called: No distribution was found")
