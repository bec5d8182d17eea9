"""What a wheel says of itself: its tags twice, and Requires-Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyo3_features_backend.verify.audit import audit
from support.audits import ABI, GOOD, LINUX, found
from support.binaries import wheel


@pytest.mark.parametrize(
    ("tag", "requires", "codes"),
    [
        ("cp39-abi3", ">=3.9", []),
        ("cp39-abi3", ">=3.8", []),
        ("cp39-abi3", None, []),
        ("cp39-abi3", ">=3.11", ["PFB305w"]),
        ("cp39-abi3", "<3.9", ["PFB304"]),
        ("cp39-abi3", "three", ["PFB304"]),
        ("cp311-cp311", ">=3.12", ["PFB304"]),
        ("cp311-cp311", ">=3.9,<3.12", []),
        ("cp311-cp311", ">=3.11.4", []),
        ("cp39.cp310-cp39.cp310", ">=3.10", []),
        ("py3-abi3", ">=3.9", ["PFB303"]),
        ("cp39-cp310", ">=3.9", ["PFB303"]),
        ("py3-none", ">=3.9", []),
    ],
)
def test_the_tag_against_requires_python(tmp_path: Path, tag: str, requires: str | None, codes: list[str]) -> None:
    assert found(tmp_path, f"{tag}-{LINUX}", {}, requires) == codes


def test_a_renamed_wheel_is_told(tmp_path: Path) -> None:
    path = wheel(tmp_path, f"cp39-abi3-{LINUX}", {"x.abi3.so": GOOD}, recorded=f"cp311-cp311-{LINUX}")
    (problem,) = audit(path, ABI).problems
    assert problem.code == "PFB302"
    assert f"only the name has cp39-abi3-{LINUX}; only WHEEL has cp311-cp311-{LINUX}" in problem.message
