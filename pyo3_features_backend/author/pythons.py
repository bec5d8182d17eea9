"""The Pythons there are, as targets: what a project may have to serve.

CPython: https://devguide.python.org/versions/ and PEP 779 (free-threaded builds). PyPy and GraalPy with their ABI tags:
the interpreters that cibuildwheel 4.3 builds for (``resources/build-platforms.toml``). A newer one is not invented; a
stable-ABI wheel serves it all the same.
"""

from __future__ import annotations

from ..model.target import Target

_CPYTHON = range(7, 16)
_FREE_THREADED = range(13, 16)
_PYPY = {9: "pypy39-pp73", 10: "pypy310-pp73", 11: "pypy311-pp80", 12: "pypy312-pp80"}
_GRAALPY = {12: ((25, 0), "graalpy250-312-native"), 13: ((25, 3), "graalpy253-313-native")}


def known(base: Target) -> list[Target]:
    """Every known Python on the platform of ``base``, none of which can be run: CPython first, oldest first."""
    found = [_made(base, "cpython", minor) for minor in _CPYTHON]
    found += [_made(base, "cpython", minor, free_threaded=True) for minor in _FREE_THREADED]
    for minor, soabi in _PYPY.items():
        release = soabi.rpartition("-pp")[2]
        found.append(_made(base, "pypy", minor, (int(release[0]), int(release[1])), soabi))
    found += [_made(base, "graalpy", minor, version, soabi) for minor, (version, soabi) in _GRAALPY.items()]
    return found


def _made(
    base: Target,
    implementation: str,
    minor: int,
    own: tuple[int, int] | None = None,
    soabi: str = "",
    *,
    free_threaded: bool = False,
) -> Target:
    return base._replace(
        implementation=implementation,
        version=(3, minor),
        full_version=f"3.{minor}.0",
        implementation_version=own or (3, minor),
        free_threaded=free_threaded,
        debug=False,
        abiflags="m" if implementation == "cpython" and minor < 8 else "t" if free_threaded else "",
        soabi=soabi,
        suffixes=(),
        executable=None,
        base_executable=None,
    )


def identifier(target: Target) -> str:
    """The name of a Python as cibuildwheel has it: cp39, cp314t, pp311, gp312_250."""
    digits = f"{target.version[0]}{target.version[1]}"
    if target.implementation == "graalpy":
        return f"gp{digits}_{target.implementation_version[0]}{target.implementation_version[1]}"
    return {"cpython": "cp", "pypy": "pp"}[target.implementation] + digits + ("t" if target.free_threaded else "")


def setup_python(target: Target) -> str:
    """The name of a Python as GitHub's actions/setup-python takes it: 3.9, 3.14t, pypy3.11, graalpy-25.0."""
    minor = f"{target.version[0]}.{target.version[1]}"
    if target.implementation == "graalpy":
        return f"graalpy-{target.implementation_version[0]}.{target.implementation_version[1]}"
    return {"cpython": "", "pypy": "pypy"}[target.implementation] + minor + ("t" if target.free_threaded else "")
