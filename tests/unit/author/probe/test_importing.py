"""Which Pythons import a built module, and wheels that have none."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

from pyo3_features_backend.author.probe.diagnostics import Failure
from pyo3_features_backend.author.probe.importing import Import, imports, suits
from pyo3_features_backend.facts.interpreter import running

if sys.version_info >= (3, 11):
    pass
else:
    pass


def test_a_wheel_without_the_extension_does_not_import(tmp_path: Path) -> None:
    wheel = tmp_path / "x-1-cp39-abi3-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/__init__.py", "")
        archive.writestr("x/other.abi3.so", "")
    optional = imports(wheel, running(), ["x.native", "x.other"])
    assert optional == Import(False, "", Failure(f"{wheel.name} does not contain x.native"))
    none = imports(wheel, running()._replace(suffixes=(".pyd",), version=(3, 9)), [])
    assert none.failure
    assert "does not contain an extension module that" in none.failure.message


def test_only_an_ordinary_cpython_imports_abi3_and_a_free_threaded_one_abi3t() -> None:
    python = running()._replace(
        implementation="cpython", version=(3, 15), free_threaded=False, debug=False, executable="python"
    )
    assert suits(python, (3, 15))
    assert not suits(python, (3, 16))
    assert not suits(python._replace(implementation="pypy"), (3, 9))
    assert not suits(python._replace(executable=None), (3, 9))
    threaded = python._replace(free_threaded=True)
    assert not suits(threaded, (3, 15))
    assert suits(threaded, (3, 15), threaded=True)
    assert suits(python, (3, 15), threaded=True)
