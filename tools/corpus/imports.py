"""Imports each wheel on every interpreter that it claims."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

from .job import ANY, Job, allows
from .place import Failed, Place, extensions, tag_of
from .pythons import Python

# Imports every extension of the wheel in the current folder, without what the package imports besides. Python 3.6.
IMPORTS = """\
import ctypes, importlib.util, os
names = []
for folder, _, files in os.walk("."):
    for file in sorted(files):
        if not file.endswith((".so", ".pyd")):
            continue
        path, leaf = os.path.join(folder, file), file.split(".")[0]
        with open(path, "rb") as opened:
            entry = b"PyInit_" + leaf.encode() in opened.read()
        if not entry:  # cffi and uniffi load such a library themselves
            ctypes.CDLL(os.path.abspath(path))
            continue
        name = ".".join(os.path.normpath(folder).split(os.sep) + [leaf]).lstrip(".")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        names.append(name)
print(" ".join(names) or "a library")
"""
# The same of a wheel without one: its packages.
IMPORTS_PACKAGES = """\
import importlib, os
names = [name for name in sorted(os.listdir(".")) if os.path.isfile(os.path.join(name, "__init__.py"))]
print(" ".join(importlib.import_module(name).__name__ for name in names))
"""


def imports(job: Job) -> str:
    """Each wheel on every interpreter that it claims, installed by uv, which compares the tags as pip does. A wheel
    without an extension is for those that no other wheel is for.
    """
    done: set[str] = set()
    wheels = job.wheels()
    for maker, wheel in sorted(wheels.items(), key=lambda pair: _is_pure(pair[1])):
        for label, python in job.pythons.items():
            tag = tag_of(wheel)
            if not python.claimed(tag) or (_is_pure(wheel) and label in done):
                continue
            # A wheel is not repaired, so it links the libraries of the system on which it was built.
            here = [other for other, built in wheels.items() if tag_of(built) == tag and job.is_at_home(other, python)]
            if here and not job.is_at_home(maker, python):
                continue
            # A tag such as py3-none names no oldest Python.
            if tag.endswith("-none") and not allows(_requires_python(wheel), python):
                continue
            target = job.folder / "imports" / maker / label
            install_apart(job.place, python, wheel, target)
            bare = not list(extensions(target))  # an optional one, say, whose PyO3 does not support this Python
            if not _has_imports(job, python, target):
                continue
            if bare and job.facts["promised"][maker] != ANY:
                raise Failed(f"{wheel.name} has no extension in it")
            said = job.place.run([*python.words, "-c", IMPORTS_PACKAGES if bare else IMPORTS], target)
            if said.status or not said.out.strip():
                raise Failed(f"the wheel of {maker} on {label}: {said.reason}")
            done.add(label)
    if not done:
        raise Failed("there is no interpreter for any wheel")
    job.facts["imported on"] = [label for label in job.pythons if label in done]
    return f"imports on {', '.join(job.facts['imported on'])}"


def _has_imports(job: Job, python: Python, target: Path) -> bool:
    """Install what the extension itself imports beside it; whether all of it can be had for this interpreter."""
    if not job.project.imports or python.pypy:  # PyPy comes with cffi
        return True
    words = [*python.before, job.place.uv, "pip", "install", "-q", "--only-binary", ":all:", "--python", python.program]
    return not job.place.run([*words, "--target", str(target), *job.project.imports], job.folder).status


def _is_pure(wheel: Path) -> bool:
    return wheel.stem.endswith("-none-any")


def _requires_python(wheel: Path) -> str:
    """The Requires-Python of a wheel; empty without one."""
    with zipfile.ZipFile(wheel) as opened:
        name = next(name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        found = re.search(r"^Requires-Python: (.*)$", opened.read(name).decode(), re.MULTILINE)
    return found[1] if found else ""


def install_apart(place: Place, python: Python, wheel: Path, target: Path) -> None:
    """Install a wheel without its dependencies into a folder of its own."""
    shutil.rmtree(target, ignore_errors=True)
    if python.builds:
        words = [*python.before, place.uv, "pip", "install", "-q", "--no-deps", "--python", python.program]
        place.ran([*words, "--target", str(target), str(wheel)], place.folder)
    else:  # uv supports none so old; their own pip does
        words = ["-m", "pip", "install", "-q", "--no-deps", "--no-index", "--disable-pip-version-check"]
        place.ran([*python.words, *words, "--target", str(target), str(wheel)], place.folder)
