"""The Pythons that a project may have to serve, as targets.

CPython: https://devguide.python.org/versions/ and PEP 779 (free-threaded builds). PyPy and GraalPy with their ABI tags:
the interpreters that cibuildwheel 4.3 builds for (``resources/build-platforms.toml``). A newer Python is not in the
list; a stable-ABI wheel serves it all the same.
"""

from __future__ import annotations

from ..model.target import Target
from ..model.version import cp_tag, python_text

_CPYTHON = range(7, 16)
_FREE_THREADED = range(13, 16)
_PYPY = {9: "pypy39-pp73", 10: "pypy310-pp73", 11: "pypy311-pp80", 12: "pypy312-pp80"}
_GRAALPY = {12: ((25, 0), "graalpy250-312-native"), 13: ((25, 3), "graalpy253-313-native")}


def known(base: Target) -> list[Target]:
    """Every known Python on the platform of ``base``, none of which can be run: CPython first, oldest first."""
    pythons = [cpython(base, minor)._replace(abiflags="m" if minor < 8 else "") for minor in _CPYTHON]
    pythons += [cpython(base, minor)._replace(free_threaded=True, abiflags="t") for minor in _FREE_THREADED]
    for minor, soabi in _PYPY.items():
        release = soabi.rpartition("-pp")[2]
        version = (int(release[0]), int(release[1]))
        python = cpython(base, minor)
        pythons.append(python._replace(implementation="pypy", implementation_version=version, soabi=soabi))
    for minor, (version, soabi) in _GRAALPY.items():
        python = cpython(base, minor)
        pythons.append(python._replace(implementation="graalpy", implementation_version=version, soabi=soabi))
    return pythons


def cpython(base: Target, minor: int) -> Target:
    """CPython 3.``minor`` with the GIL, on the platform of ``base``."""
    return base._replace(
        implementation="cpython",
        version=(3, minor),
        full_version=f"3.{minor}.0",
        implementation_version=(3, minor),
        free_threaded=False,
        debug=False,
        abiflags="",
        soabi="",
        suffixes=(),
        executable=None,
        base_executable=None,
    )


def identifier(target: Target) -> str:
    """The identifier of a Python in cibuildwheel: cp39, cp314t, pp311, gp312_250."""
    digits = f"{target.version[0]}{target.version[1]}"
    if target.implementation == "graalpy":
        return f"gp{digits}_{target.implementation_version[0]}{target.implementation_version[1]}"
    tag = cp_tag(target.version) if target.implementation == "cpython" else f"pp{digits}"
    return tag + ("t" if target.free_threaded else "")


def setup_python(target: Target) -> str:
    """The name of a Python as GitHub's actions/setup-python takes it: 3.9, 3.14t, pypy3.11, graalpy-25.0."""
    version = python_text(target.version)
    if target.implementation == "graalpy":
        return f"graalpy-{target.implementation_version[0]}.{target.implementation_version[1]}"
    return {"cpython": "", "pypy": "pypy"}[target.implementation] + version + ("t" if target.free_threaded else "")
