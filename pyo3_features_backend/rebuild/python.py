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

from .. import config_file
from ..config_format import Abi, Config
from ..errors import BackendError
from ..graph import Graph, Script

# What these read of the interpreter is all in the configuration.
_PYO3 = frozenset(["pyo3", "pyo3-ffi", "pyo3-build-config", "pyo3-macros", "pyo3-macros-backend"])
# A build script that sees nothing of the interpreter but cfg flags that follow from the floor.
_HARMLESS = re.compile(
    r"""\s*(use\s+pyo3_build_config(::\w+)?;\s*)?
    fn\s+main\(\)\s*\{\s*
    ((pyo3_build_config::)?(use_pyo3_cfgs|add_extension_module_link_args)\(\);\s*
    |println!\("cargo::?rerun-if-changed=[^"{}]*"\);\s*)*
    \}\s*""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_PYTHON = re.compile(r"python|pyo3_", re.IGNORECASE)


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
        text = _COMMENT.sub("", script.file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return True
    if script.kind == "build-script" and _HARMLESS.fullmatch(text):
        return False
    return script.local or (script.kind == "build-script" and _PYTHON.search(text) is not None)


def can_be_constant(abi: str, *, extension_only: bool) -> bool:
    """Whether a build for this Python, on this system, may use one configuration for all.

    On Linux an extension module links nothing of Python. On Windows it links python3.dll, found beside the interpreter;
    macOS was not tried. ``extension_only`` says that no program is built, which would link libpython.
    """
    return abi == "abi3" and extension_only and sys.platform == "linux"


def write(folder: Path, floor: tuple[int, int], pointer_width: int, pyo3: str) -> Path | None:
    """The configuration for stable-ABI extensions of ``floor`` in ``folder``; a file that is right is left as it is.

    None for a PyO3 that cannot express it. Raises :class:`OSError`.
    """
    config = Config(floor, Abi("CPython", "abi3", floor), pointer_width=pointer_width)
    try:
        text = config_file.text(config, pyo3)
    except BackendError:
        return None
    # For each text a file: cargo goes by its time, and by the variable that names it.
    file = folder / f"pyo3-cp{floor[0]}{floor[1]}-abi3-{pyo3}.txt"
    if not (file.is_file() and file.read_text(encoding="utf-8") == text):
        file.write_text(text, encoding="utf-8")
    return file
