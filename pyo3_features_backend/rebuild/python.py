"""One build configuration for every Python that a stable-ABI wheel is built by, so that one compile serves them all.

PyO3's build script asks the interpreter for what it needs, and runs again when another one is named. For a stable-ABI
extension the answers that count are those of the floor, whichever Python is asked: so they are written down once, in a
build configuration file (PyO3 user guide, "Advanced config files"), with which PyO3 asks nobody. ``PYO3_PYTHON`` still
names the interpreter, for build scripts that run it; where a crate has one that might, each Python has its own compile.
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

# What these read of the interpreter is all in the configuration.
_PYO3 = frozenset(["pyo3", "pyo3-ffi", "pyo3-build-config", "pyo3-macros", "pyo3-macros-backend"])
# A build script that sees nothing of the interpreter but cfg flags that follow from the floor.
_HARMLESS = r"""\s*(use\s+pyo3_build_config(::\w+)?;\s*)?
    fn\s+main\(\)\s*\{\s*
    ((pyo3_build_config::)?(use_pyo3_cfgs|add_extension_module_link_args)\(\);\s*
    |println!\("cargo::?rerun-if-changed=[^"{}]*"\);\s*)*
    \}\s*"""
_COMMENT = r"//[^\n]*|(?s:/\*.*?\*/)"


def is_seen_by(graphs: Iterable[Graph]) -> bool:
    """Whether anything in a compile can tell which Python asked for it, apart from PyO3 by its configuration.

    Of the project's own crates: any code that runs during the compile, but for build scripts that are known to look at
    the configuration only. Of the others: build scripts that speak of Python.
    """
    return any(_sees(script) for graph in graphs for script in graph.scripts)


def _sees(script: Script) -> bool:
    if script.package in _PYO3 and not script.local:
        return False
    try:
        text = re.sub(_COMMENT, "", script.file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return True
    if not script.local and (script.kind != "build-script" or not ("python" in text.lower() or "PYO3_" in text)):
        return False
    return script.kind != "build-script" or not re.fullmatch(_HARMLESS, text, re.VERBOSE)


def can_be_constant(abi: words.Abi, *, extension_only: bool) -> bool:
    """Whether a build for this Python, on this system, may use one configuration for all.

    On Linux an extension module links nothing of Python. On Windows it links python3.dll, found beside the interpreter;
    macOS was not tried. ``extension_only`` says that no program is built, which would link libpython.
    """
    return abi == words.Abi.ABI3 and extension_only and sys.platform == "linux"


def write(folder: Path, floor: tuple[int, int], pointer_width: int, pyo3: str) -> Path | None:
    """The configuration for stable-ABI extensions of ``floor`` in ``folder``; one that is there is left as it is: cargo
    goes by its time.

    None for a PyO3 that cannot express it. Raises :class:`OSError`.
    """
    file = folder / f"pyo3-{pyo3}-cp{floor[0]}{floor[1]}-abi3-{pointer_width}bit.txt"
    if not file.is_file():
        from ..facts import config_file
        from ..facts.config_format import Abi, Config
        from ..model.version import version_tuple

        # Every Python with a stable ABI has threads; the other flags are those of debug builds, which have none.
        flags = frozenset({"WITH_THREAD"} & config_file.flags_of(version_tuple(pyo3)))
        config = Config(floor, Abi("CPython", "abi3", floor), pointer_width=pointer_width, build_flags=flags)
        try:
            content.replace(file, config_file.text(config, pyo3))
        except BackendError:
            return None
    return file
