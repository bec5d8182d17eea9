"""Inputs that failed once, by the name of their kind. Each run and the unit tests try them first."""

from __future__ import annotations

INPUTS: dict[str, tuple[bytes, ...]] = {}
