"""What needs both trees of a project: its own tests, an sdist and back, an editable install, an unchanged rebuild."""

from __future__ import annotations

import os
import re
import shutil
import time
import zipfile
from collections.abc import Callable
from math import inf
from pathlib import Path

from .imports import IMPORTS
from .job import Job
from .place import Failed, NotRun, tag_of
from .pythons import Python

# Of a rebuild that takes more seconds, one is enough: it compiles.
LONG = 10
# A part of pytest's closing line; warnings are not counted.
_COUNT = r"\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed)"


def _plain_wheel(job: Job) -> Path:
    """The wheel of the published project and its own backend, for the interpreter of the trials."""
    return job.place.wheel(job.tree("plain"), job.folder / "plain-dist", job.pythons[job.main])


def _our_wheel(job: Job) -> Path:
    """One of our wheels that is for that interpreter."""
    python = job.pythons[job.main]
    return next(wheel for wheel in job.wheels().values() if python.claimed(tag_of(wheel)))


def own_tests(job: Job) -> str:
    """The project's own tests on both wheels: the closing line of pytest has to be the same."""
    if not job.project.tests:
        raise NotRun("no tests in the sdist that run alone")
    wheels = {"before": _plain_wheel(job), "after": _our_wheel(job)}
    lines = {when: outcome(job, when, wheel, job.main) for when, wheel in wheels.items()}
    job.facts["tests"] = lines
    if lines["before"] != lines["after"]:
        raise Failed(f"before: {lines['before']}; after: {lines['after']}")
    if not re.search("passed", lines["after"]) or re.search(r" errors?\b", lines["after"]):
        raise Failed(f"before and after: {lines['after']}")
    return lines["after"]


def outcome(job: Job, when: str, wheel: Path, label: str) -> str:
    """The closing line of the project's tests on one wheel, run where the source tree is not in the way."""
    folder = job.folder / f"tests-{when}"
    shutil.rmtree(folder, ignore_errors=True)
    python = job.place.environment(job.pythons[label], folder / "environment", ["pytest", *job.project.needs])
    job.place.install(python, [str(wheel)])
    away = folder / "away"
    away.mkdir(parents=True)
    own = job.tree("plain") / job.project.tests
    if own.is_file():  # a script, whose last line says how it went
        shutil.copy(own, away)
        return job.place.ran([*python.words, own.name], away).out.strip().splitlines()[-1]
    shutil.copytree(own, away / "tests")
    # cbor2's tests run the examples of its documentation, and pydantic-core's those of its docstrings.
    for source in map(job.tree("plain").joinpath, ("docs", "python", "README.md")):
        if source.is_dir():
            shutil.copytree(source, away / source.name)
        elif source.is_file():
            shutil.copy(source, away)
    words = [*python.words, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "tests"]
    said = job.place.run(words, away, patience=900)
    (job.folder / f"tests-{when}.log").write_text(said.out + said.err, encoding="utf-8")
    last = re.findall(rf"^=*\s*({_COUNT}.*) in [\d.]+s", said.out, re.MULTILINE)
    if not last:
        raise Failed(f"{when}: {said.reason}")
    return ", ".join(re.findall(_COUNT, last[-1]))


def sdist_and_back(job: Job) -> str:
    """An sdist by our hook, built again: the wheel has the tag and the files of the one from the tree."""
    python = job.pythons[job.main]
    try:
        sdist = _sdist(job, "ours")
    except Failed:
        try:
            _sdist(job, "plain")
        except Failed as error:  # a file that is needed is not in the sdist, say
            raise NotRun(f"as published, its sdist makes no sdist either: {error}") from None
        raise
    again = job.place.wheel(sdist, job.folder / "sdist-back", python)
    first = _our_wheel(job)
    if tag_of(again) != tag_of(first):
        raise Failed(f"the tree gives {tag_of(first)} and its sdist {tag_of(again)}")
    missing = _names(first) ^ _names(again)
    if missing:
        raise Failed(f"in one of the two wheels only: {', '.join(sorted(missing))[:200]}")
    return f"{sdist.name}, {len(_names(again))} files"


def _sdist(job: Job, tree: str) -> Path:
    """The sdist that uv makes of a tree."""
    python, out = job.pythons[job.main], job.folder / "sdist-dist"
    shutil.rmtree(out, ignore_errors=True)
    words = [*python.before, job.place.uv, "build", "--sdist", "-o", str(out), "--python", python.program]
    job.place.ran([*words, str(job.tree(tree))], job.folder)
    (sdist,) = out.glob("*.tar.gz")
    return sdist


def _names(wheel: Path) -> set[str]:
    """The names of the files in a wheel; of a file of metadata that differs with the version, the last part."""
    with zipfile.ZipFile(wheel) as opened:
        return {re.sub(r"^[^/]*\.dist-info/", "", name) for name in opened.namelist()}


def editable(job: Job) -> str:
    """An editable install; its extension is imported from where it is."""
    folder = job.folder / "editable"
    shutil.rmtree(folder, ignore_errors=True)
    python = job.place.environment(job.pythons[job.main], folder, [])
    if job.project.imports:
        job.place.install(python, list(job.project.imports))
    job.place.install(python, ["--no-deps", "-e", str(job.tree("ours"))])
    name = _package_of(job, python, folder)
    said = job.place.run(
        [*python.words, "-c", f"import importlib.util as u; print(u.find_spec({name!r}).origin)"], folder
    )
    if said.status or not said.out.strip() or said.out.strip() == "None":
        raise Failed(f"{name} is not found: {said.reason}")
    return f"{name} is found"


def _package_of(job: Job, python: Python, folder: Path) -> str:
    """The package of the wheel's extension, below namespaces: ``arro3.core``."""
    unpacked = folder / "wheel"
    shutil.unpack_archive(_our_wheel(job), unpacked, "zip")
    said = job.place.ran([*python.words, "-c", IMPORTS], unpacked)
    module = said.out.split()[0].split(".")
    packages = [module[:n] for n in range(1, len(module)) if unpacked.joinpath(*module[:n], "__init__.py").is_file()]
    first = ".".join(packages[0] if packages else module[:1])
    if said.out.startswith("a library"):
        inside = [path for path in unpacked.iterdir() if path.is_dir() and "." not in path.name]
        first = inside[0].name if inside else first
    return first


def rebuild(job: Job) -> str:
    """Seconds of an unchanged rebuild in the tree, by `uv build --wheel`, after one that is not measured: the best of
    several in turns, as other programs can only make one slower.
    """
    python, out, trees = job.pythons[job.main], job.folder / "rebuild", ("plain", "ours")
    seconds: dict[str, float] = {}
    usual = {"PYTHONDONTWRITEBYTECODE": ""}  # as a person's environment is: a hook finds what the one before compiled
    for tree in trees:
        job.place.wheel(job.tree(tree), out, python, usual)
    for number in range(3):
        for tree in trees:
            if number and seconds[tree] > LONG:
                continue
            started = time.monotonic()
            job.place.wheel(job.tree(tree), out, python, usual)
            seconds[tree] = min(round(time.monotonic() - started, 1), seconds.get(tree, inf))
    job.facts["rebuild"] = seconds
    return f"{seconds['plain']} s before, {seconds['ours']} s with this backend"


TRIALS: dict[str, Callable[[Job], str]] = {
    "tests": own_tests,
    "sdist and back": sdist_and_back,
    # Before the editable install: what maturin writes into a tree for one with cffi is in the way of its next wheel.
    "rebuild": rebuild,
    "editable": editable,
}
