"""Writes one build configuration for all Pythons that can build a stable-ABI wheel, so that they share one compile.

PyO3's build script runs the interpreter to get its facts, and runs again for another interpreter. For a stable-ABI
extension only the facts of the floor matter, which are the same with every Python. So this module writes them once to a
build configuration file (PyO3 user guide, "Advanced config files"), and PyO3 runs no interpreter. ``PYO3_PYTHON`` still
names the interpreter for build scripts that run it. If a crate has a script that might, each Python gets its own
compile.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from ..errors import BackendError
from ..model import words
from ..model.graph import Graph, Script
from . import content

# These crates read nothing of the interpreter that is not in the configuration.
_PYO3 = frozenset(["pyo3", "pyo3-ffi", "pyo3-build-config", "pyo3-macros", "pyo3-macros-backend"])
_COMMENT = r"//[^\n]*|(?s:/\*.*?\*/)"


def is_seen_by(graphs: Iterable[Graph]) -> bool:
    """Whether the result of a compile can depend on the Python that started it, except through the configuration.

    In the project's own crates any code that runs during the compile can, except build scripts whose text shows that
    they do not. In published crates, only build scripts that mention Python can.
    """
    return any(sees(script) for graph in graphs for script in graph.scripts)


def sees(script: Script) -> bool:
    """Whether a script can depend on the Python. One that cannot be read may."""
    if script.package in _PYO3 and not script.local:
        return False
    if not script.local:
        try:
            text = re.sub(_COMMENT, "", script.file.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return True
        if script.kind != "build-script" or not ("python" in text.lower() or "PYO3_" in text):
            return False
    from . import scripts  # has patterns that most projects do not need

    return not scripts.is_from_cargo(scripts.variables(script))


def can_be_constant(abi: words.Abi, *, extension_only: bool) -> bool:
    """Whether a build on this system can use the configuration for all Pythons.

    On Linux an extension module does not link libpython. On Windows it links python3.dll, which is next to the
    interpreter; macOS is not tested. ``extension_only`` is False if a program is built too, which links libpython.
    """
    return abi == words.Abi.ABI3 and extension_only and sys.platform == "linux"


def write(folder: Path, floor: tuple[int, int], pointer_width: int, pyo3: str) -> Path | None:
    """Write the configuration for stable-ABI extensions with ``floor`` to ``folder``; returns the file.

    ``pointer_width`` is in bits, ``pyo3`` is the version of PyO3. An existing file is not written again, because cargo
    compares its modification time. None if this PyO3 does not support such a file. Raises :class:`OSError`.
    """
    file = folder / f"pyo3-{pyo3}-cp{floor[0]}{floor[1]}-abi3-{pointer_width}bit.txt"
    if not file.is_file():
        from ..facts import config_file
        from ..facts.config_format import Abi, Config
        from ..model.version import version_tuple

        # All Pythons with a stable ABI have threads. The other flags are for debug builds, which have no stable ABI.
        flags = frozenset({"WITH_THREAD"} & config_file.flags_of(version_tuple(pyo3)))
        config = Config(floor, Abi("CPython", "abi3", floor), pointer_width=pointer_width, build_flags=flags)
        try:
            content.replace(file, config_file.text(config, pyo3))
        except BackendError:
            return None
    return file
