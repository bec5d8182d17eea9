"""Python API: read, check and write PyO3 build configuration files, or resolve one for an interpreter."""

from __future__ import annotations

from .facts.config_file import ConfigFileError, from_environment, parse, read, resolve, text, write
from .facts.config_format import Abi, Config, check

__all__ = ["Abi", "Config", "ConfigFileError", "check", "from_environment", "parse", "read", "resolve", "text", "write"]
