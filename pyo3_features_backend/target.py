"""Python API: the interpreter that a wheel is for, and functions to read one."""

from __future__ import annotations

from .facts.interpreter import of_executable, running
from .model.target import Target, extension_suffix

__all__ = ["Target", "extension_suffix", "of_executable", "running"]
