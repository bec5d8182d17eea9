"""Contradictions between requires-python, the classifiers, the floor and what PyO3 supports."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator

from ...build.gather import Facts
from ...decide import pyo3
from ...decide.abi import declared, setting_floor
from ...decide.native import includes
from ...decide.support import limits
from ...delegates.setuptools_rust import requires_place
from ...errors import Place
from ...facts.interpreter import running
from ...facts.project import Project, allows, lower_bound
from ...model.crate import Crate
from ...model.problem import Problem
from ...model.target import Target
from ...model.version import Python, python_text
from ..matrix import OLDEST
from ..pythons import known
from .codes import finding

_VERSION = re.compile(r"Programming Language :: Python :: (3)\.(\d+)")
# classifier -> the kind of Python in words, and whether a target is of that kind
_KINDS: dict[str, tuple[str, Callable[[Target], bool]]] = {
    "Free Threading": ("free-threaded CPython", lambda target: target.free_threaded),
    "Implementation :: PyPy": ("PyPy", lambda target: target.implementation == "pypy"),
    "Implementation :: GraalPy": ("GraalPy", lambda target: target.implementation == "graalpy"),
}


class Versions:
    """The Pythons that the project declares. Raises :class:`ProjectError` for an invalid requires-python."""

    def __init__(self, project: Project, facts: Facts | None) -> None:
        self.text = facts.requires_python if facts else project.requires_python
        self.place = requires_place(project)
        self.lower = lower_bound(self.text, self.place) if self.text else None
        self.classifiers = list(classifiers(project))

    def allows(self, python: Python) -> bool:
        """Whether requires-python allows some release of a minor version."""
        return allows(self.text, python)

    def edges(self) -> list[Python]:
        """The lowest Python that the backend can build for, and the highest that a classifier names."""
        named = [python for text, _ in self.classifiers if (python := _classified(text)) and self.allows(python)]
        lowest = [max(self.lower, OLDEST)] if self.lower else []
        return [python for python in dict.fromkeys([*lowest, *([max(named)] if named else [])]) if python >= OLDEST]


def _classified(text: str) -> Python | None:
    match = _VERSION.fullmatch(text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def classifiers(project: Project) -> Iterator[tuple[str, Place]]:
    """The trove classifiers of pyproject.toml, and of setup.cfg where that has them, with their places."""
    given = project.table.get("project", {}).get("classifiers", ())
    for text in given if isinstance(given, list) else ():
        yield str(text), project.place("project", "classifiers", value=str(text))
    file = project.root / "setup.cfg"
    if not given and file.is_file():
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if line.strip().startswith("Programming Language ::"):
                yield line.strip(), Place(file.name, number)


def check(
    versions: Versions, facts: Facts | None, reported: Collection[str], *, alone: bool = False
) -> Iterator[Problem]:
    """The problems of versions; ``reported`` are the codes of the plan's problems, which cover some of them already.

    ``alone`` says that a delegate builds with its own hooks, which may run in older Pythons than this backend.
    """
    yield from _requires(versions, facts, {*reported, *(["PFB243"] if alone else [])})
    crate = facts.crate if facts else None
    if facts and crate and crate.pyo3:
        yield from _floor(versions, facts, crate, reported)
    for text, place in versions.classifiers:
        python = _classified(text)
        if python and not versions.allows(python):
            yield finding(
                "PFB245",
                f"the classifier {python_text(python)} contradicts requires-python {versions.text}",
                place,
                "remove the classifier, or correct requires-python",
            )
        elif crate and crate.pyo3:
            yield from _kind(versions, text, place, crate.pyo3.version)


def _requires(versions: Versions, facts: Facts | None, reported: Collection[str]) -> Iterator[Problem]:
    place, lower = versions.place, versions.lower
    if versions.text is None:
        if "PFB130" not in reported:
            yield finding(
                "PFB240",
                "there is no requires-python, so pip installs the project for every Python",
                place,
                'add requires-python = ">=3.9" to [project]',
            )
        return
    if lower is None:
        return
    text = python_text(lower)
    if lower < OLDEST and "PFB243" not in reported:
        yield finding(
            "PFB243",
            f"requires-python {versions.text} promises {text}, but this backend runs in Python {python_text(OLDEST)} "
            "and later: older ones can install a stable-ABI wheel, but cannot build the sdist",
            place,
            f'set requires-python = ">={python_text(OLDEST)}", or publish wheels for the older ones',
        )
    crate = facts.crate if facts else None
    release = pyo3.release_of(crate.pyo3.version) if crate and crate.pyo3 else None
    if crate and crate.pyo3 and release and lower < release.cpython_min and not {"PFB131", "PFB140"} & set(reported):
        lowest = python_text(release.cpython_min)
        yield finding(
            "PFB244",
            f"requires-python {versions.text} promises {text}, but PyO3 {crate.pyo3.version} supports Python {lowest} "
            "and later",
            place,
            f'set requires-python = ">={lowest}"',
        )


def _floor(versions: Versions, facts: Facts, crate: Crate, reported: Collection[str]) -> Iterator[Problem]:
    """Compare a declared floor with the lower bound; for a hard-coded floor, the plan has its own error."""
    assert crate.pyo3
    author = declared(crate, crate.pyo3)
    explicit = setting_floor(facts.settings.abi3)
    floor = author.floor or explicit
    if floor is None or versions.lower is None or facts.settings.abi3 == "off" or not crate.library:
        return
    place = author.place if author.floor else facts.settings.sources["abi3"][1]
    text, lower = python_text(floor), python_text(versions.lower)
    if floor < versions.lower:
        remedy = 'set floor = "auto"' if facts.settings.abi3_native else "remove the floor"
        yield finding(
            "PFB241",
            f"the floor {text} is below requires-python {versions.text}: no such Python can install the wheel, so "
            f"limiting the code to the API of {text} gains nothing",
            place,
            f"{remedy}; it is then {lower}, from requires-python",
        )
    elif floor > versions.lower and "PFB132" not in reported:
        yield from _below(versions, facts.settings.abi3_native, floor, place)


def _below(versions: Versions, native: str, floor: Python, place: Place) -> Iterator[Problem]:
    """The Pythons below the floor that no range of native ones includes."""
    assert versions.lower
    text, lower = python_text(floor), python_text(versions.lower)
    below = [(floor[0], minor) for minor in range(floor[1]) if versions.allows((floor[0], minor))]
    outside = [python for python in below if not includes(native, python)]
    if native and outside:
        named = ", ".join(map(python_text, outside))
        yield finding(
            "PFB242",
            f'Python {named} is below the floor {text} and outside native = "{native}": each needs a wheel of its own',
            place,
            "include it in native, or exclude it in requires-python",
        )
    elif outside:
        yield finding(
            "PFB242",
            f"the floor {text} is above requires-python {versions.text}: each Python from {lower} up to {text} needs a "
            "wheel of its own",
            place,
            f'publish those wheels, or set requires-python = ">={text}"; if version-specific wheels are what you want, '
            f'abi3 = {{ floor = "{text}", native = ">={lower},<{text}" }} says so',
        )


def _kind(versions: Versions, text: str, place: Place, version: str) -> Iterator[Problem]:
    """Compare a classifier for free-threaded Pythons, PyPy or GraalPy with what PyO3 supports."""
    release = pyo3.release_of(version)
    for classifier, (name, is_one) in _KINDS.items():
        if release is None or not re.match(rf"Programming Language :: Python :: {classifier}( ::|$)", text):
            continue
        lowest = [(target.version, *limits(release, target)) for target in filter(is_one, known(running()))]
        supported = [python for python, least, own in lowest if least and least <= own]
        # Where PyO3 needs a newer one than is known here, such a Python may exist.
        unknown = not supported and any(least for _, least, _ in lowest)
        if unknown or any(versions.allows(python) for python in supported):
            continue
        why = f"PyO3 {version} does not support it"
        if supported:
            since = python_text(min(supported))
            why = f"PyO3 {version} supports it from Python {since} on, and requires-python is {versions.text}"
        yield finding(
            "PFB246",
            f"the classifier promises {name}, but {why}",
            place,
            "remove the classifier, or use a PyO3 release that supports it",
        )
