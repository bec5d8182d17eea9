"""The first error in cargo's output, and its place."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pyo3_features_backend.author.probe.diagnostics import (
    Failure,
    activity,
    build_script_error,
    first_error,
    printed_error,
)
from pyo3_features_backend.errors import Place

if sys.version_info >= (3, 11):
    pass
else:
    pass


def message(text: str, spans: list[dict[str, object]], level: str = "error", manifest: str = "") -> str:
    inner = {"level": level, "message": text, "spans": spans}
    return json.dumps({"reason": "compiler-message", "manifest_path": manifest, "message": inner})


def span(file: str, line: int, primary: bool = True, expansion: dict[str, object] | None = None) -> dict[str, object]:
    return {"file_name": file, "line_start": line, "is_primary": primary, "expansion": expansion}


def test_the_first_error_is_told_with_the_projects_own_line(tmp_path: Path) -> None:
    (tmp_path / "rust/src").mkdir(parents=True)
    (tmp_path / "rust/src/lib.rs").write_text("")
    other = span("/registry/pyo3-0.30.1/src/macros.rs", 7)
    rows = [
        "   Compiling x",
        json.dumps({"reason": "compiler-artifact"}),
        message("unused", [span("src/lib.rs", 1)], "warning"),
        message("unresolved import `pyo3::buffer`\nmore", [span("src/lib.rs", 2, False), span("src/lib.rs", 3)]),
        message("later", [span("src/lib.rs", 1)]),
    ]
    assert first_error("\n".join(rows), tmp_path, tmp_path / "rust") == Failure(
        "unresolved import `pyo3::buffer`", Place("rust/src/lib.rs", 3)
    )
    expanded = message("in a macro", [{**other, "expansion": {"span": span("src/lib.rs", 9)}}])
    assert first_error(expanded, tmp_path, tmp_path / "rust") == Failure("in a macro", Place("rust/src/lib.rs", 9))
    foreign = first_error(message("theirs", [other]), tmp_path, tmp_path / "rust")
    assert foreign == Failure("theirs", Place("/registry/pyo3-0.30.1/src/macros.rs", 7))
    linker = message("linking with `cc` failed", [], manifest="/registry/numpy-0.25.0/Cargo.toml")
    assert first_error(linker, tmp_path, tmp_path) == Failure("in the crate numpy-0.25.0: linking with `cc` failed")
    assert first_error(rows[2], tmp_path, tmp_path) is None


def test_what_a_build_script_says_is_the_error() -> None:
    said = (
        "error: failed to run custom build command for `pyo3-ffi v0.30.1`\n\nCaused by:\n  process didn't exit "
        "successfully: `/t/build-script-build` (exit status: 1)\n  --- stdout\n  cargo:rerun-if-env-changed=X\n\n"
        "  --- stderr\n  error: the Python interpreter is too old\n  warning: build failed\n"
    )
    failure = build_script_error(said)
    assert failure == Failure("the build script of pyo3-ffi v0.30.1 failed: the Python interpreter is too old")
    assert build_script_error("error: no matching package named `x` found") is None


def test_an_error_that_is_printed_for_people_is_read_with_its_place() -> None:
    said = "error[E0432]: unresolved import `a`\n  --> src/lib.rs:3:5\n   |\nerror: could not compile `x` (lib)\n"
    assert printed_error(said) == Failure("unresolved import `a`", Place("src/lib.rs", 3))
    assert printed_error("error: maturin is not installed") is None


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("   Compiling pyo3 v0.30.1\n", "compiling pyo3 v0.30.1"),
        ("\x1b[1m\x1b[92m    Checking\x1b[0m demo v0.1.0 (/a/b c)\n", "checking demo v0.1.0"),
        ("    Updating crates.io index\n", "updating crates.io index"),
        ("    Blocking waiting for file lock on build directory\n", "waiting for file lock on build directory"),
        ("warning: unused variable\n", None),
        ("", None),
    ],
)
def test_what_cargo_is_doing_is_read_from_its_lines(line: str, text: str | None) -> None:
    assert activity(line) == text
