"""Checks which Python libraries the binaries of a wheel link. Pure."""

from __future__ import annotations

from ..model.problem import Problem
from ..model.version import python_text
from ..model.words import Abi
from . import tags
from .libraries import PythonLibrary, python_library
from .problems import problem
from .tags import Claim
from .values import File, Image, Wheel


def judge(wheel: Wheel) -> list[Problem]:
    """One problem for each file that links a Python library that it must not link."""
    promised = tags.claims(wheel.tags)
    platforms = {known for tag in wheel.tags if (known := tags.platform(tag.platform))}
    systems = {platform.system for platform in platforms}
    formats = {platform.format for platform in platforms}
    found: list[Problem] = []
    for file in wheel.files if promised and len(systems) == 1 else ():
        needed = [name for image in _images(file, formats) for name in image.needed]
        libraries = [library for name in dict.fromkeys(needed) if (library := python_library(name))]
        for library in libraries:
            if judged := _one(wheel, file, library, (next(iter(systems)), promised)):
                found.append(judged)
                break
    return found


def _images(file: File, formats: set[str]) -> tuple[Image, ...]:
    """The images (one for each architecture) of a file, if it is for the platform."""
    return file.binary.images if file.binary and file.binary.format in formats else ()


def _one(wheel: Wheel, file: File, library: PythonLibrary, promise: tuple[str, tuple[Claim, ...]]) -> Problem | None:
    system, promised = promise
    said = f"{file.path} is linked with {library.name}"
    if system in ("linux", "macos") and (reason := _other_version(library, promised)):
        hint = "compile it for the Python of the tag, and do not link libpython"
        return problem(wheel, "PFB331", f"{said}, but {reason}; the tag is {wheel.label}", hint)
    if system == "linux":  # PEP 513, "libpythonX.Y.so.1"
        message = f"{said}: it works only with a Python that has this library, and most have none"
        hint = "do not link libpython: before PyO3 0.26, the feature extension-module prevents it"
        return problem(wheel, "PFB330", message, hint)
    if system == "macos":
        message = f"{said}: another installation of Python cannot load it, or it loads a second Python"
        hint = "do not link Python: pass -undefined dynamic_lookup to the linker (before PyO3 0.26: extension-module)"
        return problem(wheel, "PFB330", message, hint)
    if system == "windows" and (reason := _windows(library, promised)):
        hint = "compile it for the Python of the tag"
        return problem(wheel, "PFB331", f"{said}, but {reason}; the tag is {wheel.label}", hint)
    return None


def _other_version(library: PythonLibrary, promised: tuple[Claim, ...]) -> str | None:
    """Why a libpython does not match the tag; None if it does."""
    if library.version is None:
        return None
    own = [claim.version for claim in promised if claim.abi == Abi.VERSION_SPECIFIC]
    if library.version in own:
        return None
    return f"that is the library of CPython {python_text(library.version)} alone"


def _windows(library: PythonLibrary, promised: tuple[Claim, ...]) -> str | None:
    """Why the DLL does not match the tag; None if it does."""
    if library.debug and not any("d" in claim.flags for claim in promised):
        return "only a debug build of Python has it"
    for claim in promised:
        stable = claim.abi != Abi.VERSION_SPECIFIC
        if library.version is None:
            # Normal builds have python3t.dll since 3.15, too; free-threaded ones have no python3.dll (PEP 803).
            if library.free_threaded and not claim.free_threaded and claim.version < tags.STABLE_FREE_THREADED:
                return f"{claim.label} has no such library"
            if not library.free_threaded and claim.abi == Abi.ABI3T:
                return f"{claim.label} has no such library"
        elif stable:
            own = "python3t.dll" if claim.abi == Abi.ABI3T else "python3.dll"
            return f"the library of the stable ABI is {own}"
        elif (library.version, library.free_threaded) != (claim.version, claim.free_threaded):
            threads = " free-threaded" if library.free_threaded else ""
            return f"that is the library of CPython {python_text(library.version)}{threads}"
    return None
