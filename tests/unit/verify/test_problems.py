"""Problems of a wheel: what a name in it may do to a terminal, and long lists."""

from __future__ import annotations

from pathlib import Path

from pyo3_features_backend.verify.audit import audit
from support.binaries import elf, wheel

TAG = "cp39-abi3-manylinux_2_17_x86_64"


BINARY = elf(["PyList_New"], ["PyInit_x"])


def test_a_name_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    (problem,) = audit(wheel(tmp_path, TAG, {"a\x1b[31m\nb.abi3.so": BINARY}), None).problems
    assert problem.message.startswith(r"a\x1b[31m\nb.abi3.so exports PyInit_x")
    assert "\n" not in problem.message
