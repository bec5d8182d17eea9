"""The interpreter that a wheel is built for."""

from __future__ import annotations

import re
from typing import NamedTuple

from .words import Abi


class Target(NamedTuple):
    """The interpreter that a wheel is built for.

    ``implementation`` is ``sys.implementation.name``; ``version`` the Python version, ``implementation_version`` the
    implementation's own (7.3 for PyPy, 24.1 for GraalPy). ``platform`` is ``sysconfig.get_platform()``, ``system``
    is ``sys.platform``, ``pointer_width`` is in bits, and ``shared`` says whether it has a shared libpython.
    ``suffixes`` lists the file suffixes of extension modules in the order in which the import system tries them.
    ``executable`` is None for a Python that cannot run here. ``cross_triple`` is the rustc target if it is not the
    host's. ``by_version`` is True if only the version and the implementation are known. ``build`` is ``sys.version``,
    which differs for two builds of one version.
    """

    implementation: str
    version: tuple[int, int]
    full_version: str
    implementation_version: tuple[int, int]
    free_threaded: bool
    debug: bool
    abiflags: str
    platform: str
    system: str
    pointer_width: int
    shared: bool
    soabi: str
    suffixes: tuple[str, ...]
    executable: str | None
    base_executable: str | None
    cross_triple: str | None = None
    by_version: bool = False
    build: str = ""

    @property
    def label(self) -> str:
        """The Python in words: ``CPython 3.14 free-threaded``."""
        name = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}.get(
            self.implementation, self.implementation
        )
        flavour = (" free-threaded" if self.free_threaded else "") + (" debug" if self.debug else "")
        return f"{name} {self.version[0]}.{self.version[1]}{flavour}"

    @property
    def wheel_tag(self) -> tuple[str, str]:
        """The interpreter's own (python tag, abi tag), as PEP 425 and ``packaging.tags`` give them."""
        digits = f"{self.version[0]}{self.version[1]}"
        if self.implementation == "cpython":
            return f"cp{digits}", f"cp{digits}{self.abiflags}"
        python = {"pypy": "pp"}.get(self.implementation, self.implementation) + digits
        # "pypy311-pp73-x86_64-linux-gnu": the first two parts name the ABI (three for GraalPy).
        parts = self.soabi.split("-")
        count = 3 if self.implementation == "graalpy" else 2
        return python, re.sub(r"[^A-Za-z0-9]", "_", "-".join(parts[:count])) or "none"

    @property
    def is_wasm(self) -> bool:
        """Whether the Python is for Emscripten or WASI."""
        return self.system in ("emscripten", "wasi") or bool(self.cross_triple and self.cross_triple.startswith("wasm"))


def extension_suffix(target: Target, abi: Abi) -> str:
    """The suffix of extension files for ``target`` (PEP 3149, PEP 803), such as ``.abi3.so``."""
    windows = target.system == "win32"
    if abi != Abi.VERSION_SPECIFIC:
        return ".pyd" if windows else f".{abi}.so"
    if target.suffixes and target.suffixes[0] not in (".so", ".pyd"):
        return target.suffixes[0]
    own = target.wheel_tag[1]
    if windows:
        return f".{own}-{target.platform.replace('-', '_')}.pyd"
    if target.soabi or target.implementation != "cpython":
        return f".{target.soabi}.so"
    triple = target.cross_triple or ""
    if target.system == "darwin":
        return f".cpython-{own[2:]}-darwin.so"
    if target.system in ("emscripten", "wasi"):
        return f".cpython-{own[2:]}-wasm32-{target.system}.so"
    if target.system == "android":
        return f".cpython-{own[2:]}-{triple or 'aarch64-linux-android'}.so"
    if target.system == "ios":  # PEP 730: the name of the SDK
        return f".cpython-{own[2:]}-iphone{'simulator' if 'simulator' in target.platform else 'os'}.so"
    architecture = triple.split("-")[0] or target.platform.split("-")[-1]
    library = "musl" if "musl" in triple else "gnu"
    library += {"armv7": "eabihf", "arm": "eabihf"}.get(architecture, "")
    architecture = {"i686": "i386", "armv7": "arm", "powerpc64le": "powerpc64le"}.get(architecture, architecture)
    return f".cpython-{own[2:]}-{architecture}-linux-{library}.so"
