"""Finds the interpreter that a request names, as uv does: a path, a command, a version, or an environment's folder.

The forms are those of uv's documentation ("Python versions", "Requesting a version"), as far as they name an installed
Python. Nothing is downloaded.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import TargetError
from .asking import ask
from .environ import home

_IMPLEMENTATIONS = {
    "cpython": "cpython",
    "python": "cpython",
    "cp": "cpython",
    "pypy": "pypy",
    "pp": "pypy",
    "graalpy": "graalpy",
    "gp": "graalpy",
}
# 3.11, 3.11.7, 3.14t, 3.14+freethreaded, cpython@3.11, pypy3.10, pypy, cp311, 311
_REQUEST = re.compile(
    r"(?:(?P<name>cpython|python|cp|pypy|pp|graalpy|gp)[@-]?)?"
    r"(?:(?P<dotted>\d(?:\.\d+){0,2})|(?P<digits>3\d{1,2}))?"
    r"(?P<flavour>t|d|\+freethreaded|\+debug|\+gil)?"
)
_PROGRAMS = ("bin/python", "bin/python3", "bin/pypy3", "bin/graalpy", "Scripts/python.exe", "python.exe")


class _Request(NamedTuple):
    """A version request; None for a part that may be anything."""

    implementation: str | None
    version: tuple[int, ...]
    free_threaded: bool
    debug: bool

    def fits(self, facts: dict[str, Any]) -> bool:
        """Whether an interpreter with these facts is meant."""
        version = tuple(map(int, re.findall(r"\d+", facts["full_version"])[:3]))
        return (
            self.implementation in (None, facts["implementation"])
            and version[: len(self.version)] == self.version
            and bool(facts["free_threaded"]) == self.free_threaded
            and bool(facts["debug"]) == self.debug
        )


def find(request: str) -> str:
    """The path of the interpreter that ``request`` names. Raises :class:`TargetError` if there is none.

    A command on PATH or a path is used as it is. A version is looked for in the running Python, then on
    PATH, then among the Pythons that pyenv and uv have installed; the first that fits is taken.
    """
    if "\0" in request:
        raise TargetError("the name of an interpreter contains a NUL character", hint="remove it")
    asked = _parse(request)
    path = Path(request)
    # A bare version is never a command; a folder of that name may be next to the project.
    named = None if asked and request[:1].isdigit() else shutil.which(request)
    folder = bool(request) and os.path.isdir(request)  # noqa: PTH112  # False, too, for a name that is too long
    if named is None and folder and not (asked and os.sep not in request):
        for program in _PROGRAMS:
            if (path / program).is_file():
                return str(path / program)
        message = f"there is no interpreter in the folder {request}"
        raise TargetError(message, hint="use the folder of a virtual environment, or an interpreter in it")
    if named and (asked is None or _answers(named)):
        return named
    if asked is None:
        raise TargetError(f"there is no interpreter {request!r}", hint=_HINT + _listed())
    for candidate in _candidates():
        facts = _answers(candidate)
        if facts and asked.fits(facts):
            return candidate
    raise TargetError(f"there is no Python {request} here", hint=_HINT + _listed())


_HINT = "give a path, a command that is on PATH, a version, or the folder of a virtual environment"


def _parse(text: str) -> _Request | None:
    """A version request; None for anything else."""
    match = _REQUEST.fullmatch(text.lower())
    if (
        not text
        or not match
        or (match["name"] in ("cp", "pp", "gp", "python") and not (match["dotted"] or match["digits"]))
    ):
        return None
    digits = match["digits"]
    version = (
        (int(digits[0]), int(digits[1:]))
        if digits
        else tuple(map(int, (match["dotted"] or "").split(".")[:3] if match["dotted"] else ()))
    )
    flavour = match["flavour"] or ""
    name = match["name"]
    if not version and not name:
        return None
    return _Request(
        implementation=_IMPLEMENTATIONS[name] if name else None,
        version=version,
        free_threaded=flavour in ("t", "+freethreaded"),
        debug=flavour in ("d", "+debug"),
    )


def _answers(path: str) -> dict[str, Any] | None:
    """The facts of the interpreter at ``path``; None if it is not one, such as a command of pyenv."""
    try:
        return ask(path)
    except TargetError:
        return None


def _candidates() -> Iterator[str]:
    """The interpreters of this machine, those that uv would prefer first; one may come twice."""
    yield sys.executable
    pattern = re.compile(r"(?:python(?:3(?:\.\d+)?t?d?)?|pypy(?:3(?:\.\d+)?)?|graalpy)(?:\.exe)?")
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            names = os.listdir(folder) if folder else []  # noqa: PTH208
        except OSError:
            continue
        fitting = sorted((name for name in names if pattern.fullmatch(name)), key=lambda name: (-len(name), name))
        yield from (path for name in fitting if (path := shutil.which(name, path=folder)))
    for installed in _installed():
        yield from (str(installed / program) for program in _PROGRAMS if (installed / program).is_file())


def _installed() -> Iterator[Path]:
    """The folders of the Pythons that pyenv and uv have installed, the newest first."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or home() / ".pyenv", "versions")
    data = Path(os.environ.get("XDG_DATA_HOME") or home() / ".local" / "share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for folder in (pyenv, uv):
        entries = folder.iterdir() if folder.is_dir() else ()
        numbers = {entry: [int(part) for part in re.findall(r"\d+", entry.name)[:3]] for entry in entries}
        yield from sorted(numbers, key=lambda entry: numbers[entry], reverse=True)


def _listed() -> str:
    """What is installed, for a hint."""
    found: dict[tuple[object, ...], str] = {}
    for candidate in _candidates():
        facts = _answers(candidate)
        if facts:
            name = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}.get(facts["implementation"], "?")
            flavour = (" free-threaded" if facts["free_threaded"] else "") + (" debug" if facts["debug"] else "")
            key = (facts["implementation"], facts["full_version"], flavour)
            found.setdefault(key, f"{name} {facts['full_version']}{flavour} ({candidate})")
    return "; found: " + ", ".join(found.values()) if found else ""
