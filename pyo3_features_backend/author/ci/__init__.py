"""``ci``: a GitHub workflow that builds, tests, audits and publishes the wheels of a project's matrix.

Here are its values. :mod:`.survey` reads them off a project, :mod:`.text` makes the workflow of them, and :mod:`.file`
compares it with the one that is there.
"""

from __future__ import annotations

from typing import NamedTuple

from ...model.words import Word
from ..matrix import Wheel


class Tool(Word):
    """What builds the wheels of a workflow."""

    MATURIN_ACTION = "maturin-action"
    CIBUILDWHEEL = "cibuildwheel"


class Call(NamedTuple):
    """Wheels that one call builds, and its options: words for ``maturin build``, or cibuildwheel's config settings."""

    wheels: tuple[Wheel, ...]
    options: str


class Workflow(NamedTuple):
    """What a workflow depends on.

    ``name`` is the project's, ``calls`` build its wheels, and ``left_out`` are wheels that the tool cannot build.
    ``tests`` is the command that tests an installed wheel, ``requirement`` installs this package for the audit, and
    ``rust_by_project`` says that the project's own settings of cibuildwheel install Rust in containers.
    """

    name: str
    tool: Tool
    calls: tuple[Call, ...]
    left_out: tuple[Wheel, ...]
    tests: str
    requirement: str
    rust_by_project: bool = False
