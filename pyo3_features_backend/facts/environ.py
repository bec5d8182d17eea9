"""The environment of this process: temporary changes to it, cargo on PATH, and the user's home folder."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..errors import ToolchainError


@contextmanager
def changed(added: Mapping[str, str] | None = None) -> Iterator[None]:
    """Add variables for the block. Afterwards, restore the environment, whatever else has changed it."""
    before = dict(os.environ)
    os.environ.update(added or {})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def cargo_on_path() -> Iterator[None]:
    """Make sure that cargo is on PATH: the user's, or one that puccinialin installs, as in maturin.

    Raises :class:`ToolchainError` if there is none.
    """
    if shutil.which("cargo"):
        yield
        return
    if os.environ.get("MATURIN_NO_INSTALL_RUST") or importlib.util.find_spec("puccinialin") is None:
        raise ToolchainError("cargo is not installed", hint="install Rust: https://rustup.rs")
    extra: dict[str, str] = importlib.import_module("puccinialin").setup_rust()
    with changed(extra):
        yield


def home() -> Path:
    """The user's home folder; in a container that has no user with this number, a path that does not exist."""
    return Path(os.path.expanduser("~"))  # noqa: PTH111  # Path.home() raises an error then
