"""A Python package with a private module in Rust."""

from ._native import double

__all__ = ["double"]
