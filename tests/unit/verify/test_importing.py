"""A built wheel is imported: its extension files, and what is said of one that does not import."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.errors import VerifyError
from pyo3_features_backend.facts.interpreter import running
from pyo3_features_backend.verify import importing
from support.wheels import tagged


def test_the_files_of_an_extension_are_those_that_import_would_load(tmp_path: Path) -> None:
    names = ("demo/native.abi3.so", "demo/native.pyd", "demo/native.py", "demo/native_more.abi3.so", "native.abi3.so")
    path = tagged(tmp_path, "cp39-abi3-any", **dict.fromkeys(names, ""))
    assert importing.extension_files(path, "demo.native") == ["demo/native.abi3.so", "demo/native.pyd"]
    assert importing.extension_files(path, "native") == ["native.abi3.so"]
    assert importing.extension_files(path, "none") == []


def test_a_file_that_is_no_extension_does_not_import_and_only_what_can_run_here_is_tried(tmp_path: Path) -> None:
    target = running()
    broken = tagged(tmp_path, "cp39-abi3-any", **{f"demo/native{target.suffixes[0]}": "no extension"})
    with pytest.raises(VerifyError, match=r"demo/native\..* does not import: .") as caught:
        importing.imports(broken, target)
    assert caught.value.hint and caught.value.hint.startswith('run `python -c "import demo.native"` with the wheel')
    importing.imports(broken, target._replace(executable=None))
    importing.imports(broken, target._replace(cross_triple="aarch64-unknown-linux-gnu"))
    libraries = {f"demo.libs/x{target.suffixes[-1]}": "", f"demo-1.0.data/x{target.suffixes[-1]}": ""}
    importing.imports(tagged(tmp_path, "cp310-abi3-any", **libraries), target)


def test_a_wheel_that_does_not_import_is_never_cured_by_not_looking() -> None:
    for error in (
        "ImportError: dynamic module does not define module export function (PyInit__native)",
        "ModuleNotFoundError: No module named 'numpy'",
        "ImportError: /x.so: undefined symbol: PyFoo",
        "RuntimeError: no",
    ):
        assert "verify" not in importing._remedy(error, "pkg._native")
    assert "#[pymodule] to _native" in importing._remedy("... (PyInit__native)", "pkg._native")
    assert "numpy" in importing._remedy("No module named 'numpy'", "pkg._native")
