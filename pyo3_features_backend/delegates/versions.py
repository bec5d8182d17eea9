"""The oldest releases of the delegates and of setuptools that a build accepts."""

from __future__ import annotations

MATURIN = "maturin>=1.14,<2"

SETUPTOOLS = "77"  # PEP 639; since 70.1 it has its own bdist_wheel

SETUPTOOLS_RUST = "1.11"

SETUPTOOLS_ABI3T = "84.2"  # the first release that writes abi3.abi3t
